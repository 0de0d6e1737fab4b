package store

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// join is dbus.Connect. On Linux it tells the bus in one go what godbus tells it in five turns of a conversation, each
// of which wakes the other side; libsystemd does the same.
func join(address string, life dbus.ConnOption) (*dbus.Conn, error) {
	path, plain := socketOf(address)
	if !plain || runtime.GOOS != "linux" { // elsewhere the first byte has to come with the credentials of the process
		return dbus.Connect(address, life)
	}
	socket, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	conn, err := announce(socket, life)
	if err != nil {
		socket.Close()
	}
	return conn, err
}

// socketOf returns the path in a bus address. plain is false if there is more to the address than that.
func socketOf(address string) (path string, plain bool) {
	path, plain = strings.CutPrefix(address, "unix:path=")
	path, _, _ = strings.Cut(path, ",guid=")
	return path, plain && !strings.ContainsAny(path, ",;%")
}

// announce says who is there, for which the kernel vouches (EXTERNAL), and Hello, and waits for no answer: the first
// call fails if one is bad. See https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
func announce(socket net.Conn, life dbus.ConnOption) (*dbus.Conn, error) {
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Getuid())))
	if _, err := io.WriteString(socket, "\x00AUTH EXTERNAL "+uid+"\r\nBEGIN\r\n"); err != nil {
		return nil, err
	}
	conn, err := dbus.NewConn(&announced{Conn: socket, in: bufio.NewReader(socket)}, life)
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		return nil, err
	}
	conn.BusObject().Go("org.freedesktop.DBus.Hello", 0, nil)
	return conn, nil
}

// announced is a connection on which godbus has the first part of its conversation with nobody, because the bus has
// heard it already.
type announced struct {
	net.Conn
	in       *bufio.Reader
	begun    bool // by godbus
	answered bool // to godbus
	accepted bool // by the bus
}

// Write implements [io.Writer].
func (a *announced) Write(message []byte) (int, error) {
	if a.begun {
		return a.Conn.Write(message)
	}
	a.begun = string(message) == "BEGIN\r\n"
	return len(message), nil
}

// Read implements [io.Reader].
func (a *announced) Read(buffer []byte) (int, error) {
	if !a.answered {
		a.answered = true
		return copy(buffer, "REJECTED EXTERNAL\r\nOK 0\r\n"), nil
	}
	if !a.accepted {
		answer, err := a.in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if !strings.HasPrefix(answer, "OK ") {
			return 0, fmt.Errorf("it answers %q to AUTH EXTERNAL", answer)
		}
		a.accepted = true
	}
	return a.in.Read(buffer)
}
