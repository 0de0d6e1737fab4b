//go:build unix

package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// onSocket runs a call on the socket of a connection.
func onSocket(conn syscall.Conn, call func(fd int) error) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = call(int(fd)) })
	return errors.Join(err, failed)
}

// hungUp reports whether the other end of a connection is closed. One that only sends no more is not.
func hungUp(conn *net.UnixConn) bool {
	hungUp := false
	err := onSocket(conn, func(fd int) error {
		poll := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(poll, 0)
		hungUp = poll[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
		return err
	})
	return hungUp || err != nil && !errors.Is(err, unix.EINTR)
}

// Listen makes a socket that only this user can open; or, if it is shared, whoever it is shown to, to be told apart by
// [Agent.Users].
//
// It lies in a directory of this user that nobody else can enter, which is made if it is missing: so nobody can open it before it
// has its permissions, or put another one in its place. An error that wraps [ErrInUse] means that somebody answers there. A socket
// where nobody does is replaced, and no other file.
func Listen(path string, shared bool) (*net.UnixListener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer held.Close()
	if err := removeStale(path); err != nil {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Chmod(path, modeOf(shared)); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// modeOf is that of a socket: for whom it is opened, beside its owner, is a matter of the directory and of [Agent.Users].
func modeOf(shared bool) fs.FileMode {
	if shared {
		return 0o666
	}
	return 0o600
}

// lock checks a directory, and keeps others from replacing a socket in it at the same time.
func lock(dir string) (held *os.File, err error) {
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	held, err = os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		held.Close()
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return held, nil
}

// checkPrivate fails for a directory that is a link or somebody else's, or that others may enter.
func checkPrivate(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir() || ownerOf(info) != os.Geteuid() || info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: %s", ErrShared, dir)
	}
	return nil
}

func ownerOf(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// removeStale takes away a socket that nobody listens at.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w: %s", ErrNoSocket, path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: %s", ErrInUse, path)
	}
	return os.Remove(path)
}

// dial opens a socket, unless somebody else can have put it there: one of another user, neither root, in a directory where others
// than this user and root may write.
func dial(ctx context.Context, path string) (net.Conn, error) {
	if strings.HasPrefix(path, "@") { // by which Go means a name that is in no directory, for everybody to take
		path = "./" + path
	}
	if info, err := os.Stat(path); err == nil && !isTrusted(info) {
		dir, err := os.Stat(filepath.Dir(path))
		if err != nil || !isTrusted(dir) || dir.Mode().Perm()&0o022 != 0 {
			return nil, fmt.Errorf("%w: %s", ErrNotTrusted, path)
		}
	}
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

func isTrusted(info fs.FileInfo) bool { return ownerOf(info) == os.Geteuid() || ownerOf(info) == 0 }
