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
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// A bus that does not take this user has nothing of this user's: here one that wants to see a cookie in the home, as one for
// other machines does.
func TestBusRefuses(t *testing.T) {
	b := startBusWith(t, me(), strings.Replace(busConfig, "EXTERNAL", "DBUS_COOKIE_SHA1", 1))
	if _, err := openStore(t, "secret-service", Options{Dir: t.TempDir()}).Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	name, reason, err := openStore(t, "auto", Options{Dir: t.TempDir()}).Backend(t.Context())
	want := fmt.Sprintf("the session bus at %s does not take user %d", b.address, os.Getuid())
	if name != "file" || reason != want || err != nil {
		t.Errorf("got %s (%s), %v, want file (%s)", name, reason, err, want)
	}
}

// What listens there and is no bus is no bus that is missing, and nothing is taken for not stored because of it.
func TestNoBusAnswers(t *testing.T) {
	for _, answer := range []string{"nonsense\r\n", "OK 00112233\r\nnonsense", "OK", ""} {
		standInBus(t, func(client *net.UnixConn) {
			io.WriteString(client, answer)
			client.CloseWrite()
		})
		for _, name := range []string{"secret-service", "auto"} {
			_, err := openStore(t, name, Options{Dir: t.TempDir()}).Get(t.Context(), key)
			if !errors.Is(err, ErrUnavailable) || errors.As(err, new(absent)) {
				t.Errorf("%q: %s: got %v", answer, name, err)
			}
		}
	}
}

// So it is with a user whom the bus does not allow, or whom passwd does not know.
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
