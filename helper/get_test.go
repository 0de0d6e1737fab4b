package helper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestLifeOfASignIn follows one sign-in from the first clone to the day when nobody is there to renew it.
func TestLifeOfASignIn(t *testing.T) {
	w := newWorld(t)

	// The first time the person is asked, and the sign-in is kept before git hears of it.
	w.signsIn("1", nil)
	answer := w.gets(ask, reply{secret: "access-1", calls: "get server lock get sign-in() update unlock"})
	const want = "username=x-token-auth\npassword=access-1\npassword_expiry_utc=1800007200\n"
	if got := written(t, answer); got != want {
		t.Errorf("git is told\n%s\nwant\n%s", got, want)
	}

	// From then on one look into the keyring is all.
	w.passes(life - 6*time.Minute)
	w.gets(ask, reply{secret: "access-1", calls: "get"})

	// Shortly before it runs out the token is renewed. The refresh token was rotated, and the new one is kept.
	w.passes(2 * time.Minute)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-1) update unlock"})
	w.gets(ask, reply{secret: "access-2", calls: "get"})

	// The server answers with the same refresh token, or with none: the one that it issued last stays.
	w.passes(life)
	w.refreshes("access-3", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-3", calls: "get server lock get refresh(refresh-2) update unlock"})
	w.passes(life)
	w.refreshes("access-4", "", nil)
	w.gets(ask, reply{secret: "access-4", calls: "get server lock get refresh(refresh-2) update unlock"})
	w.passes(time.Hour)

	// The git server refuses a token that should still live: it is renewed when git asks again.
	w.refreshes("access-5", "refresh-5", nil)
	w.gets(again("access-4"), reply{secret: "access-5", calls: "get server lock get refresh(refresh-2) update unlock"})

	// Another git process that began with the old token, or one before it, takes the new one.
	w.gets(again("access-4"), reply{secret: "access-5", calls: "get"})
	w.gets(again("access-2"), reply{secret: "access-5", calls: "get"})

	// The server has ended the sign-in. That is kept first, so that the dead refresh token is not sent again.
	w.passes(life)
	w.refreshes("", "", fmt.Errorf("invalid_grant: %w", ErrGrantEnded))
	w.signsIn("6", nil)
	w.gets(ask, reply{secret: "access-6", calls: "get server lock get refresh(refresh-5) update sign-in() update unlock"})
	w.gets(ask, reply{secret: "access-6", calls: "get"})

	// It ends again, and the person says no: git is told to stop, not to ask for a password.
	w.passes(life)
	w.signsIn("", errors.New("access was denied"))
	w.gets(ask, reply{
		secret: "quit", err: errSignInFailed, says: "access was denied",
		calls: "get server lock get refresh(refresh-6) update sign-in() update unlock",
	})

	// Nobody is there: a password is no way in where somebody has signed in, so git is not to ask for one.
	w.passes(time.Hour)
	w.signsIn("", ErrNobodyThere)
	w.gets(ask, reply{secret: "quit", err: ErrNobodyThere, calls: "get server lock get refresh(refresh-6) update sign-in() unlock"})

	// The person is back.
	w.signsIn("7", nil)
	w.gets(ask, reply{secret: "access-7", calls: "get server lock get refresh(refresh-6) update sign-in() update unlock"})
	if got := w.stored(); got != "7 access-7/refresh-7" {
		t.Errorf("in the end there is %s", got)
	}
	if w.told != nil {
		t.Errorf("the person was told %q", w.told)
	}
}

// What the helper is not made for, it leaves to git and the next helper: no error, no word, no lock.
func TestNotOurs(t *testing.T) {
	for name, test := range map[string]struct{ request, calls string }{
		"no host":            {"protocol=https\n", ""},
		"an empty host":      {"protocol=https\nhost=\n", ""},
		"a mail server":      {"protocol=smtp\nhost=git.example\n", "get"},
		"a certificate":      {"protocol=cert\nhost=\npath=/key.pem\n", "get"},
		"another protocol":   {"protocol=httpsx\nhost=git.example\n", "get"},
		"a path in the host": {"protocol=https\nhost=git.example/evil\n", "get"},
		"a name in the host": {"protocol=https\nhost=alice@git.example\n", "get"},
		"a space":            {"protocol=https\nhost=git example\n", "get"},
		"an unknown host":    {"protocol=https\nhost=unknown.example\n", "get server"},
		"the same over http": {"protocol=http\nhost=unknown.example\n", "get server"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
				w.called("server")
				return nil, fmt.Errorf("not a forge: %w", errors.ErrUnsupported)
			}
			w.gets(test.request, reply{calls: test.calls})
		})
	}
}

// A forge whose settings are wrong is an error, unless there is a credential that needs no server.
func TestServerIsNotKnown(t *testing.T) {
	w := newWorld(t)
	errSettings := errors.New("no OAuth client is set")
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
		w.called("server")
		return nil, errSettings
	}
	w.gets(ask, reply{secret: "quit", err: errSettings, calls: "get server"})
	errSettings = ErrNotSetUp // a password may do until then
	w.gets(ask, reply{err: ErrNotSetUp, calls: "get server"})
	w.holds(Record{Accounts: []*Account{typed("dave", "pw")}})
	w.gets(ask, reply{secret: "pw", calls: "get"})
}

// TestServerIsNotKnownForNow: where the server cannot be found out, for lack of a network say, the present token serves
// while it lives. One that the git server has refused does not.
func TestServerIsNotKnownForNow(t *testing.T) {
	w := newWorld(t)
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) {
		w.called("server")
		return nil, errNetwork
	}
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.gets(again("access-alice"), reply{secret: "quit", err: errNetwork, calls: "get server"})
	w.passes(life - time.Minute)
	w.gets(ask, reply{secret: "access-alice", calls: "get server"})
	w.passes(time.Minute)
	w.gets(ask, reply{secret: "quit", err: errNetwork, calls: "get server"})
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.helper.Server = func(context.Context, *Credential, string) (*Server, error) { return nil, errors.ErrUnsupported }
	w.passes(life)
	w.gets(ask, reply{calls: "get"})
}

func TestTokensGoOnlyWhereTheyCannotBeRead(t *testing.T) {
	for origin, allowed := range map[string]bool{
		"https://git.example":      true,
		"https://10.0.0.1:8443":    true,
		"http://localhost:3000":    true,
		"http://127.0.0.1":         true,
		"http://127.9.9.9:3000":    true,
		"http://[::1]:3000":        true,
		"http://git.example":       false,
		"http://localhost.evil":    false,
		"http://127.0.0.1.evil":    false,
		"http://10.0.0.1":          false,
		"http://[2001:db8::1]":     false,
		"http://0.0.0.0":           false,
		"http://evil-localhost:80": false,
	} {
		t.Run(origin, func(t *testing.T) {
			w := newWorld(t)
			protocol, host, _ := strings.Cut(origin, "://")
			want := reply{says: "refusing to send a token to " + strings.TrimSuffix(origin, ":80"), calls: "get server"}
			if allowed {
				w.signsIn("alice", nil)
				want = reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"}
			}
			w.gets("protocol="+protocol+"\nhost="+host+"\n", want)
		})
	}
}

// A keyring that fails is never one that holds nothing: the person would be asked, and what is stored overwritten.
func TestKeyringFails(t *testing.T) {
	errLocked := errors.New("the keyring is locked")
	for name, test := range map[string]struct {
		breaks func(*world)
		want   reply
	}{
		"the first look": {func(w *world) { w.keyring.broken["get"] = errLocked }, reply{secret: "quit", err: errLocked, calls: "get server"}},
		"the lock":       {func(w *world) { w.keyring.broken["lock"] = errLocked }, reply{secret: "quit", err: errLocked, calls: "get server lock"}},
		"the second look": {func(w *world) {
			w.keyring.waiting = func() { w.keyring.broken["get"] = errLocked }
		}, reply{secret: "quit", err: errLocked, calls: "get server lock get unlock"}},
		"nonsense": {func(w *world) { w.keyring.items[origin] = []byte("?") }, reply{secret: "quit", says: "not readable", calls: "get server"}},
		"a newer format": {func(w *world) {
			w.keyring.items[origin] = []byte(`{"format":1}`)
		}, reply{secret: "quit", says: "newer version", calls: "get server"}},
		"nonsense later": {func(w *world) {
			w.keyring.waiting = func() { w.keyring.items[origin] = []byte("?") }
		}, reply{secret: "quit", says: "not readable", calls: "get server lock get unlock"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life)
			test.breaks(w)
			w.gets(ask, test.want)
		})
	}
	t.Run("a lock that cannot be had, while the token lives", func(t *testing.T) {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life - time.Minute)
		w.keyring.broken["lock"] = errLocked
		w.gets(ask, reply{secret: "access-alice", calls: "get server lock"})
		w.gets(again("access-alice"), reply{secret: "quit", err: errLocked, calls: "get server lock"})
	})
	t.Run("at a host that is not ours, git may ask for a password", func(t *testing.T) {
		w := newWorld(t)
		w.keyring.broken["get"] = errLocked
		w.helper.Server = func(context.Context, *Credential, string) (*Server, error) { return nil, errors.ErrUnsupported }
		w.gets(ask, reply{err: errLocked, calls: "get"})
	})
	t.Run("a token that nobody has to be asked for need not be kept", func(t *testing.T) {
		w := newWorld(t)
		w.mints("1", nil)
		w.keyring.broken["get"] = errLocked
		w.gets(ask, reply{secret: "access-1", calls: "get server mint"})
		w.keyring.broken = map[string]error{"lock": errLocked}
		w.gets(ask, reply{secret: "access-1", calls: "get server lock mint"})
		w.mints("", errNetwork)
		w.gets(ask, reply{secret: "quit", err: errNetwork, says: "locked", calls: "get server lock mint"})
		// Unless somebody has to say yes to the host first.
		w.confirms(true, true)
		w.gets(ask, reply{secret: "quit", err: errLocked, calls: "get server lock"})
	})
	t.Run("and nothing is written over what cannot be read", func(t *testing.T) {
		for _, stored := range []string{"?", `{"format":1,"accounts":[{"brand_new":{}}]}`} {
			w := newWorld(t)
			w.keyring.items[origin] = []byte(stored)
			for _, change := range []func(context.Context, *Credential) error{w.helper.Store, w.helper.Erase} {
				if err := change(t.Context(), parse(t, ask+"username=u\npassword=p\n")); err == nil {
					t.Error("no error")
				}
			}
			if got := string(w.keyring.items[origin]); got != stored {
				t.Errorf("the keyring holds %q", got)
			}
		}
	})
}

// A get without a clock and a trace, as main makes it.
func TestDefaults(t *testing.T) {
	w := newWorld(t)
	w.helper.Now, w.helper.Trace = nil, nil
	w.clock = time.Now()
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.gets(ask, reply{secret: "access-alice", calls: "get"})
}
