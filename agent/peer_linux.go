package agent

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer returns the ID of the user at the other end of a connection: for one who listens, when they began to (SO_PEERCRED in
// unix(7)). In a user namespace it is the one that the ID stands for out here.
func peer(conn *net.UnixConn) (user int, err error) {
	return user, onSocket(conn, func(fd int) error {
		credentials, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil {
			user = int(credentials.Uid)
		}
		return err
	})
}
