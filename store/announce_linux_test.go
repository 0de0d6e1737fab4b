package store

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A bus is found at each kind of address that one has.
func TestBusAddresses(t *testing.T) {
	b := startBus(t)
	startGnomeKeyring(t, b)
	path, _ := socketOf(b.address)
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

// A bus that does not take this user, or is none, is no missing item.
func TestBusRefuses(t *testing.T) {
	for _, answer := range []string{"REJECTED DBUS_COOKIE_SHA1\r\n", "nonsense\r\n", "OK 00112233\r\nnonsense", "OK", ""} {
		answeringBus(t, answer)
		_, err := openStore(t, "secret-service", Options{Dir: t.TempDir()}).Get(t.Context(), key)
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%q: got %v", answer, err)
		}
	}
}

// answeringBus makes a bus the session bus that has one answer for everybody.
func answeringBus(t *testing.T, answer string) {
	socket := filepath.Join(shortDir(t), "bus")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	t.Cleanup(clients.Wait)
	t.Cleanup(func() { listener.Close() })
	clients.Go(func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			clients.Go(func() {
				defer conn.Close()
				io.WriteString(conn, answer)
				conn.CloseWrite()
				io.Copy(io.Discard, conn)
			})
		}
	})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
}
