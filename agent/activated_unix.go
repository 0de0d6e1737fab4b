//go:build unix

package agent

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// firstActivated is the first file descriptor that is handed over (SD_LISTEN_FDS_START).
const firstActivated = 3

// Activated returns the socket that systemd listens at for this program, nil if there is none (sd_listen_fds(3)). It has to be one
// that [Listen] could have made, shared or not. Programs that this one starts find no trace of it.
func Activated(shared bool) (*net.UnixListener, error) {
	pid, count := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	if pid != strconv.Itoa(os.Getpid()) || count == "" {
		return nil, nil
	}
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	if count != "1" {
		return nil, fmt.Errorf("%w: there are %s instead of one", ErrActivated, count)
	}
	syscall.CloseOnExec(firstActivated)
	file := os.NewFile(firstActivated, "socket")
	defer file.Close()
	any, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrActivated, err)
	}
	listener, ok := any.(*net.UnixListener)
	if !ok {
		any.Close()
		return nil, fmt.Errorf("%w: it is no Unix socket", ErrActivated)
	}
	if err := checkActivated(listener.Addr().String(), modeOf(shared)); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// checkActivated fails for a socket that others can open.
func checkActivated(path string, mode fs.FileMode) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %v", ErrActivated, err)
	case info.Mode().Type() != fs.ModeSocket || info.Mode().Perm()&^mode != 0:
		return fmt.Errorf("%w: %s is not for this user alone", ErrActivated, path)
	}
	return checkPrivate(filepath.Dir(path))
}
