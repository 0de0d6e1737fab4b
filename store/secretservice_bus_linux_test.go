package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"git-credential-grant/internal/need"
)

// A bus is found at each kind of address that one has.
func TestBusAddresses(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	path := sockets(b.address)[0]
	for _, address := range []string{
		"unix:path=" + path,
		"unix:path=" + path + ",guid=00112233445566778899aabbccddeeff",
		"unix:path=" + strings.ReplaceAll(path, "/", "%2f"),
		"unix:abstract=nobody;unix:path=" + path,
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		put(t, openStore(t, "secret-service", Options{Dir: t.TempDir()}), key, address)
		wantValue(t, openStore(t, "secret-service", Options{}), key, address)
	}
}

// What passes through anything but a socket of this machine others could read: it is not dialled, and is no bus that is missing.
func TestBusOfOtherMachines(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	for _, address := range []string{
		fmt.Sprintf("tcp:host=127.0.0.1,port=%d", port), fmt.Sprintf("nonce-tcp:host=127.0.0.1,port=%d,noncefile=/dev/null", port),
		"unixexec:path=/bin/cat", "launchd:env=BUS", "nonsense", "unix:dir=/tmp", fmt.Sprintf("tcp:port=%d;tcp:port=%[1]d", port),
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		for _, name := range []string{"auto", "secret-service"} {
			_, err := openStore(t, name, Options{Dir: t.TempDir()}).Get(t.Context(), key)
			if !errors.Is(err, ErrUnavailable) || errors.As(err, new(absent)) {
				t.Errorf("%s: %s: got %v", address, name, err)
			}
		}
	}
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := listener.Accept(); err == nil {
		t.Error("it was dialled")
	}
}

// What runs outside of the session on the desktop, from cron, say, finds its keyring all the same.
func TestBusOutsideOfTheSession(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	dir := t.TempDir()
	put(t, openStore(t, "auto", Options{Dir: dir}), key, "value")
	cmd := childCommand(t, "cron", b.services, dir)
	cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		cmd.SysProcAttr.AmbientCaps = []uintptr{21} // CAP_SYS_ADMIN
	}
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) {
		need.Skip(t, "a mount namespace: "+err.Error())
	}
	if string(out) != "value" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
}

func init() { children["cron"] = childCron }

// childCron makes a directory that of the user's session, and prints what is stored.
func childCron(args []string) error {
	dir := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("tmpfs", "/run", "tmpfs", 0, ""),
		os.MkdirAll(dir, 0o700),
		syscall.Mount(args[0], dir, "", syscall.MS_BIND, ""),
	)
	if err != nil {
		return err
	}
	s, err := Open("auto", Options{Dir: args[1]})
	if err != nil {
		return err
	}
	value, err := s.Get(context.Background(), key)
	fmt.Printf("%s", value)
	return err
}

// linkTo moves what is at a path, and leaves a link to it.
func linkTo(path string) error {
	return errors.Join(os.Rename(path, path+"2"), os.Symlink(path+"2", path))
}

// A bus that somebody else has put there is none.
func TestRuntimeDir(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(dir, bus string) error
		want  bool
	}{
		"of the user":                {func(string, string) error { return nil }, true},
		"of somebody else":           {func(dir, bus string) error { return os.Lchown(dir, ordinaryUser, -1) }, false},
		"with somebody else's bus":   {func(dir, bus string) error { return os.Lchown(bus, ordinaryUser, -1) }, false},
		"without a bus":              {func(dir, bus string) error { return os.Remove(bus) }, false},
		"with a file in its place":   {func(_, bus string) error { return errors.Join(os.Remove(bus), os.WriteFile(bus, nil, 0o600)) }, false},
		"with a link in its place":   {func(_, bus string) error { return linkTo(bus) }, false},
		"that is a link":             {func(dir, _ string) error { return linkTo(dir) }, false},
		"that is missing altogether": {func(dir, bus string) error { return os.RemoveAll(dir) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			parent := shortDir(t)
			dir := filepath.Join(parent, strconv.Itoa(os.Getuid()))
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			bus := filepath.Join(dir, "bus")
			listener, err := net.Listen("unix", bus)
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			if err := c.spoil(dir, bus); errors.Is(err, syscall.EPERM) {
				need.Skip(t, err.Error())
			} else if err != nil {
				t.Fatal(err)
			}
			if got := runtimeDir(parent, os.Getuid()); (got == dir) != c.want || (got == "") == c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

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
