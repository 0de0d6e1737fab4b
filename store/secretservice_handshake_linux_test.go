package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"git-credential-grant/internal/need"
)

// A bus that does not take this user has nothing of this user's. One that is none is no missing item.
func TestBusRefuses(t *testing.T) {
	for answer, want := range map[string]string{
		"REJECTED DBUS_COOKIE_SHA1\r\n": "file", "OK 00112233\r\n": "file",
		"nonsense\r\n": "", "OK 00112233\r\nnonsense": "", "OK": "", "": "",
	} {
		answeringBus(t, answer)
		_, err := openStore(t, "secret-service", Options{Dir: t.TempDir()}).Get(t.Context(), key)
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%q: got %v", answer, err)
		}
		name, reason, err := openStore(t, "auto", Options{Dir: t.TempDir()}).Backend(t.Context())
		if name != want || (err == nil) != (want != "") || errors.As(err, new(absent)) {
			t.Errorf("%q: got %s (%s), %v, want %q", answer, name, reason, err, want)
		}
	}
}

// So it is with a real bus and a user whom it does not allow, or whom passwd does not know.
func TestBusOfAnotherUser(t *testing.T) {
	home := homeOf(t, ordinaryUser)
	b := startBus(t)
	if err := os.Chmod(b.services, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := childAs(t, ordinaryUser, "backend").Output()
	want := fmt.Sprintf("file (the session bus at %s does not take user %d)", b.address, ordinaryUser)
	if string(out) != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
	wantOwner(t, home, ordinaryUser)
}

func init() { children["backend"] = childBackend }

func childBackend([]string) error {
	s, err := Open("auto", Options{})
	if err != nil {
		return err
	}
	name, reason, err := s.Backend(context.Background())
	fmt.Printf("%s (%s)", name, reason)
	return err
}

// Root who works in the home of a person uses that person's keyring, and its own bus as itself.
func TestRootOnTheBusOfAPerson(t *testing.T) {
	nobody, err := osuser.Lookup("nobody")
	if err != nil {
		need.Skip(t, err.Error())
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	for _, ofBus := range []user{{uid, uid}, me()} {
		homeOf(t, uid)
		b := startBusOf(t, ofBus)
		startGnomeKeyring(t, b)
		s := openStore(t, "auto", Options{Dir: filepath.Join(homeOf(t, uid), "dir")})
		put(t, s, key, "value")
		wantValue(t, s, key, "value")
		if name, reason, err := s.Backend(t.Context()); name != "secret-service" || err != nil {
			t.Errorf("got %s (%s), %v", name, reason, err)
		}
		if os.Geteuid() != 0 {
			t.Fatal("root is root no more")
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
