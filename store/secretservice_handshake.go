package store

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// join connects to the bus at a socket as a user. On Linux it tells the bus in one go what godbus tells it in five turns of
// a conversation, each of which wakes the other side; libsystemd does the same. hello is the first call then, else nil.
func join(socket string, as user, life dbus.ConnOption) (conn *dbus.Conn, hello *dbus.Call, err error) {
	if runtime.GOOS != "linux" { // elsewhere the first byte has to come with the credentials of the process
		conn, err := dbus.Connect("unix:path="+dbus.EscapeBusAddressValue(socket), life)
		return conn, nil, err
	}
	to, err := dialAs(socket, as)
	if err != nil {
		return nil, nil, err
	}
	conn, hello, err = announce(to, as, life)
	if err != nil {
		to.Close()
	}
	return conn, hello, err
}

// announce says who is there, for which the kernel vouches (EXTERNAL), and Hello, and waits for no answer: the first
// call fails if one is bad. See https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
func announce(socket net.Conn, as user, life dbus.ConnOption) (conn *dbus.Conn, hello *dbus.Call, err error) {
	uid := hex.EncodeToString([]byte(strconv.Itoa(as.uid)))
	announcement := []byte("\x00AUTH EXTERNAL " + uid + "\r\nBEGIN\r\n")
	conn, err = dbus.NewConn(&announced{Conn: socket, in: bufio.NewReader(socket), first: announcement}, life)
	if err != nil {
		return nil, nil, err
	}
	if err := conn.Auth(nil); err != nil {
		return nil, nil, err
	}
	return conn, conn.BusObject().Go("org.freedesktop.DBus.Hello", 0, nil), nil
}

// errRefused: the bus takes others, and not this user.
var errRefused = errors.New("refused")

// announced is a connection on which godbus has the first part of its conversation with nobody, because the bus has
// heard it already.
type announced struct {
	net.Conn
	in       *bufio.Reader
	first    []byte // goes out with the first message
	begun    bool   // by godbus
	answered bool   // to godbus
	accepted bool   // by the bus
}

// Write implements [io.Writer].
func (a *announced) Write(message []byte) (int, error) {
	if !a.begun {
		a.begun = string(message) == "BEGIN\r\n"
		return len(message), nil
	}
	_, err := a.Conn.Write(append(a.first, message...))
	a.first = nil
	return len(message), err
}

// Read implements [io.Reader].
func (a *announced) Read(buffer []byte) (int, error) {
	if !a.answered {
		a.answered = true
		return copy(buffer, "REJECTED EXTERNAL\r\nOK 0\r\n"), nil
	}
	if a.accepted {
		return a.in.Read(buffer)
	}
	if err := a.awaitOK(); err != nil {
		return 0, err
	}
	a.accepted = true
	n, err := a.in.Read(buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		// So dbus-daemon does with whom its policy does not allow, and with whom passwd does not know.
		return 0, errRefused
	}
	return n, err
}

func (a *announced) awaitOK() error {
	answer, err := a.in.ReadString('\n')
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(answer, "REJECTED"):
		return errRefused
	case !strings.HasPrefix(answer, "OK "):
		return fmt.Errorf("it answers %q to AUTH EXTERNAL", answer)
	}
	return nil
}
