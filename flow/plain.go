package flow

import (
	"io"
	"net"
)

// tlsHandshake is the first byte of whoever begins to speak TLS (RFC 8446, section 5.1).
const tlsHandshake = 22

// A plainListener hangs up on those who speak TLS: some browsers turn every http into https, also on this machine, and
// would wait for an answer that HTTP cannot give.
type plainListener struct {
	net.Listener
	hungUp func()
}

// Accept implements [net.Listener].
func (l plainListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: connection, hungUp: l.hungUp}, nil
}

type plainConn struct {
	net.Conn
	begun  bool
	hungUp func()
}

// Read implements [io.Reader].
func (c *plainConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if !c.begun && n > 0 && into[0] == tlsHandshake {
		c.hungUp()
		return 0, io.EOF
	}
	c.begun = c.begun || n > 0
	return n, err
}
