package store

import (
	"errors"
	"net"
	"path/filepath"
	"syscall"
	"testing"
)

// A bus with so many clients waiting that no more can is slow, not absent.
func TestFullQueueOfBus(t *testing.T) {
	socket := filepath.Join(shortDir(t), "bus")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: socket}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = net.Dial("unix", socket)
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	wantInTime(t, "auto", ErrTimeout)
}
