package store

import (
	"net"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialAs is net.Dial for a socket whose other side asks the kernel who is there. Root can be another user there, which
// is a matter of one thread, and that ends with it.
func dialAs(socket string, as user) (net.Conn, error) {
	if as.isMe() {
		return net.Dial("unix", socket)
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(as.uid), ^uintptr(0)); errno != 0 {
			done <- result{nil, os.NewSyscallError("setresuid", errno)}
			return
		}
		conn, err := net.Dial("unix", socket)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
