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

// join connects to the bus at a socket as a user. On Linux that is a [handshake], and hello is the first call, which is not
// answered yet. Elsewhere hello is nil: the nul byte has to come with the credentials of the process, as godbus sends it.
func join(socket string, as user, life dbus.ConnOption) (conn *dbus.Conn, hello *dbus.Call, err error) {
	if runtime.GOOS != "linux" {
		conn, err := dbus.Connect("unix:path="+dbus.EscapeBusAddressValue(socket), life)
		return conn, nil, err
	}
	to, err := dialAs(socket, as)
	if err != nil {
		return nil, nil, err
	}
	conn, err = dbus.NewConn(newHandshake(to, as), life)
	if err == nil {
		err = conn.Auth(nil)
	}
	if err != nil {
		to.Close()
		return nil, nil, err
	}
	return conn, conn.BusObject().Go("org.freedesktop.DBus.Hello", 0, nil), nil
}

// errRefused: the bus takes others, and not this user.
var errRefused = errors.New("refused")

// handshake is a connection whose authentication is one write and one answer. godbus has five of each, and each wakes the
// bus and then this program; with them a whole get takes a tenth longer.
//
// The words are those of https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol:
//
//	nul byte             "Special credentials-passing nul byte": the kernel tells the bus whose process this is
//	AUTH EXTERNAL 30     "AUTH Command", "EXTERNAL": the user who that has to be, the digits of its number in hex
//	BEGIN                "BEGIN Command": from the next byte on there are messages
//	OK, or REJECTED      "OK Command", "REJECTED Command": what the bus answers
//
// All but the answer goes out with the first message. libsystemd as well has always sent BEGIN before it had the answer, so
// a bus has to take it: bus_socket_start_auth_client in
// https://github.com/systemd/systemd/blob/main/src/libsystemd/sd-bus/bus-socket.c. dbus-daemon and dbus-broker do.
//
// godbus begins to read messages only after a conversation of its own. It has that with godbusTurns, and the bus hears
// nothing of it.
type handshake struct {
	net.Conn
	turns    io.Reader // what godbus has not been told yet
	begun    bool      // godbus has
	unsent   []byte    // what goes out before the first message
	answers  *bufio.Reader
	accepted bool // by the bus
}

// godbusTurns lets dbus.Conn.Auth come to its end: its AUTH asks which mechanisms there are, and its AUTH EXTERNAL is taken.
const godbusTurns = "REJECTED EXTERNAL\r\nOK 0\r\n"

func newHandshake(with net.Conn, as user) *handshake {
	number := hex.EncodeToString([]byte(strconv.Itoa(as.uid)))
	return &handshake{
		Conn:    with,
		turns:   strings.NewReader(godbusTurns),
		unsent:  []byte("\x00AUTH EXTERNAL " + number + "\r\nBEGIN\r\n"),
		answers: bufio.NewReader(with),
	}
}

// Write implements [io.Writer].
func (h *handshake) Write(message []byte) (int, error) {
	if !h.begun {
		h.begun = string(message) == "BEGIN\r\n"
		return len(message), nil
	}
	_, err := h.Conn.Write(append(h.unsent, message...))
	h.unsent = nil
	return len(message), err
}

// Read implements [io.Reader].
func (h *handshake) Read(buffer []byte) (int, error) {
	if n, err := h.turns.Read(buffer); err == nil {
		return n, nil
	}
	if h.accepted {
		return h.answers.Read(buffer)
	}
	if err := h.awaitOK(); err != nil {
		return 0, err
	}
	h.accepted = true
	n, err := h.answers.Read(buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		// So dbus-daemon does with whom its policy does not allow, and with whom passwd does not know.
		return 0, errRefused
	}
	return n, err
}

func (h *handshake) awaitOK() error {
	answer, err := h.answers.ReadString('\n')
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
