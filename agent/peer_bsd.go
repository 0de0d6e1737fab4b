//go:build darwin || freebsd

package agent

import (
	"net"

	"golang.org/x/sys/unix"
)

// solLocal is SOL_LOCAL in sys/un.h.
const solLocal = 0

// peer returns the ID of the user at the other end of a connection (LOCAL_PEERCRED in unix(4)).
func peer(conn *net.UnixConn) (user int, err error) {
	return user, onSocket(conn, func(fd int) error {
		credentials, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
		if err == nil {
			user = int(credentials.Uid)
		}
		return err
	})
}
