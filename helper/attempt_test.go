package helper

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// A failure of the moment costs nobody a sign-in: the token is used while it lives, and nothing is forgotten.
func TestRefreshFails(t *testing.T) {
	errClient := fmt.Errorf("invalid_client: %w", ErrClientRefused)
	const calls = "get server lock get refresh(refresh-alice) update unlock"
	for name, test := range map[string]struct {
		request string
		left    time.Duration
		failure error
		want    reply
	}{
		"the token lives":               {ask, time.Minute, errNetwork, reply{secret: "access-alice", calls: calls}},
		"the token has run out":         {ask, 0, errNetwork, reply{secret: "quit", err: errNetwork, says: "could not renew the token: no network", calls: calls}},
		"the git server has refused it": {again("access-alice"), time.Hour, errNetwork, reply{secret: "quit", err: errNetwork, calls: calls}},
		"the client, and the token live": {ask, time.Minute, errClient, reply{
			secret: "access-alice", err: ErrClientRefused, says: "could not renew the token: invalid_client", calls: calls,
		}},
		"the client, and it has run out": {ask, 0, errClient, reply{secret: "quit", err: ErrClientRefused, calls: calls}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life - test.left)
			w.refreshes("", "", test.failure)
			w.gets(test.request, test.want)
			if got := w.stored(); got != "alice access-alice/refresh-alice" {
				t.Errorf("afterwards there is %s", got)
			}

			// When the server is well again, so is git.
			w.refreshes("access-2", "refresh-2", nil)
			w.gets(test.request, reply{secret: "access-2", calls: calls})
		})
	}
}

// Not even a keyring that takes nothing keeps the person from signing in again, or from hearing what has failed.
func TestRefreshFailsAndKeyringToo(t *testing.T) {
	const begin = "get server lock get refresh(refresh-alice) update "
	for name, test := range map[string]struct {
		failure error
		want    reply
	}{
		"the sign-in has ended": {ErrGrantEnded, reply{secret: "access-bob", err: errNotKept, calls: begin + "sign-in() update unlock"}},
		"no network":            {errNetwork, reply{secret: "quit", err: errNetwork, calls: begin + "unlock"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life)
			w.refreshes("", "", test.failure)
			w.signsIn("bob", nil)
			w.keyring.broken["update"] = errors.New("the keyring is full")
			w.gets(ask, test.want)
		})
	}
}

// A token that the keyring does not take serves this command all the same, and the person learns why the next one asks.
func TestKeyringTakesNothing(t *testing.T) {
	errFull := errors.New("the keyring is full")
	t.Run("after a sign-in", func(t *testing.T) {
		w := newWorld(t)
		w.signsIn("alice", nil)
		w.keyring.broken["update"] = errFull
		w.gets(ask, reply{secret: "access-alice", err: errNotKept, says: "the keyring is full", calls: "get server lock get sign-in() update unlock"})
	})
	t.Run("after a refresh", func(t *testing.T) {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life)
		w.refreshes("access-2", "refresh-2", nil)
		w.keyring.broken["update"] = errFull
		w.gets(ask, reply{secret: "access-2", err: errNotKept, says: "the keyring is full", calls: "get server lock get refresh(refresh-alice) update unlock"})
	})
}

// The refresh token and the client that it belongs to go only where they came from, whatever settings say since.
func TestServerHasChanged(t *testing.T) {
	for name, change := range map[string]func(*Server){
		"the token endpoint": func(s *Server) { s.TokenEndpoint = "https://evil.example/token" },
		"the client":         func(s *Server) { s.ClientID = "another" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life)
			change(w.server)
			w.signsIn("alice", nil)
			w.gets(ask, reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})

			// The new sign-in belongs to the new server.
			w.passes(life)
			w.refreshes("access-2", "", nil)
			w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
		})
	}
}

// A person who logs out while a refresh is under way stays logged out.
func TestLogoutDuringRefresh(t *testing.T) {
	for name, failure := range map[string]error{"that succeeds": nil, "that fails": errNetwork} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life - time.Minute)
			w.server.Refresh = func(context.Context, string) (*oauth2.Token, error) {
				w.erases(ask)
				return w.token("access-2", "refresh-2"), failure
			}
			if _, err := w.helper.Get(t.Context(), parse(t, ask)); err != nil {
				t.Error(err)
			}
			if got := w.stored(); got != "" {
				t.Errorf("the keyring holds %s", got)
			}
		})
	}
}

// A signal that comes while the server answers must not lose a refresh token: the old one may be dead by then.
func TestCancelled(t *testing.T) {
	t.Run("during a refresh", func(t *testing.T) {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life)
		ctx, cancel := context.WithCancel(t.Context())
		w.server.Refresh = func(ctx context.Context, _ string) (*oauth2.Token, error) {
			cancel()
			return w.token("access-2", "refresh-2"), ctx.Err()
		}
		if _, err := w.helper.Get(ctx, parse(t, ask)); err != nil {
			t.Error(err)
		}
		if got := w.stored(); got != "alice access-2/refresh-2" {
			t.Errorf("the keyring holds %s", got)
		}
	})
	t.Run("as a sign-in ends", func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.server.SignIn = func(context.Context, string) (*oauth2.Token, string, error) {
			cancel()
			return w.token("access-1", "refresh-1"), "alice", nil
		}
		if _, err := w.helper.Get(ctx, parse(t, ask)); err != nil {
			t.Error(err)
		}
		if got := w.stored(); got != "alice access-1/refresh-1" {
			t.Errorf("the keyring holds %s", got)
		}
	})
	// The person closes the window with Ctrl-C: that is a no, and the processes that wait must hear of it.
	t.Run("during a sign-in", func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.server.SignIn = func(ctx context.Context, _ string) (*oauth2.Token, string, error) {
			cancel()
			return nil, "", ctx.Err()
		}
		if _, err := w.helper.Get(ctx, parse(t, ask)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if failure := w.record().Failure; failure == nil || !failure.Asked {
			t.Errorf("what is kept: %+v", failure)
		}
	})
}

// TestEnded: the server's no to a refresh costs nothing before the person has signed in anew: the server may only have
// been confused.
func TestEnded(t *testing.T) {
	const refused = "get server lock get refresh(refresh-alice) update "
	begin := func(t *testing.T, left time.Duration) *world {
		w := newWorld(t)
		w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
		w.passes(life - left)
		w.refreshes("", "", ErrGrantEnded)
		return w
	}
	t.Run("a living token is still used", func(t *testing.T) {
		w := begin(t, time.Minute)
		w.gets(ask, reply{secret: "access-alice", calls: refused + "unlock"})
	})
	t.Run("with nobody there, it is said", func(t *testing.T) {
		w := begin(t, 0)
		w.signsIn("", ErrNobodyThere)
		w.gets(ask, reply{secret: "quit", err: ErrNobodyThere, says: ErrGrantEnded.Error() + ", and", calls: refused + "sign-in() unlock"})
		if status, _ := w.helper.Status(t.Context(), parse(t, ask)); len(status) != 1 || status[0].Usable || status[0].Renewable || status[0].Problem == "" {
			t.Errorf("the status is %+v", status)
		}
		// The server has come to its senses.
		w.refreshes("access-2", "", nil)
		w.gets(ask, reply{secret: "access-2", calls: refused + "unlock"})
		if status, _ := w.helper.Status(t.Context(), parse(t, ask)); !status[0].Usable || status[0].Problem != "" {
			t.Errorf("the status is %+v", status)
		}
	})
	t.Run("with somebody there, they learn why they are asked", func(t *testing.T) {
		w := begin(t, 0)
		w.server.SomebodyThere = func() bool { return true }
		w.helper.Warn = func(err error) { w.called("warn(" + err.Error() + ")") }
		w.signsIn("alice", nil)
		w.gets(ask, reply{secret: "access-alice", calls: refused + "warn(" + ErrGrantEnded.Error() + ") lock sign-in() unlock update unlock"})
	})
	t.Run("a sign-in that fails leaves it", func(t *testing.T) {
		w := begin(t, 0)
		w.signsIn("", errors.New("access was denied"))
		w.gets(ask, reply{secret: "quit", err: errSignInFailed, calls: refused + "sign-in() update unlock"})
		if got := w.stored(); got != "alice access-alice/refresh-alice" {
			t.Errorf("there is %s", got)
		}
	})
	t.Run("a sign-in takes its place, whoever it is", func(t *testing.T) {
		w := begin(t, 0)
		w.signsIn("bob", nil)
		w.gets(ask, reply{secret: "access-bob", calls: refused + "sign-in() update unlock"})
		if got := w.stored(); got != "bob access-bob/refresh-bob" {
			t.Errorf("there is %s", got)
		}
	})
	t.Run("but not where another name was meant", func(t *testing.T) {
		w := begin(t, 0)
		w.signsIn("bob", nil)
		w.gets(ask+"username=alice\n", reply{secret: "quit", err: ErrOtherAccount, calls: refused + "sign-in(alice) update unlock"})
		if got := w.stored(); got != "bob access-bob/refresh-bob, alice access-alice/refresh-alice" {
			t.Errorf("there is %s", got)
		}
	})
}

// A sign-in that is of no use any more goes when another one comes, so that the item does not grow.
func TestUselessSignInsGo(t *testing.T) {
	w := newWorld(t)
	renewable, living, useless := w.signedIn("renewable"), w.signedIn("living"), w.signedIn("useless")
	living.SignIn.RefreshToken, useless.SignIn.RefreshToken = secret.String{}, secret.String{}
	living.SignIn.Expiry = noon.Add(2 * life)
	w.holds(Record{Accounts: []*Account{useless, renewable, living, typed("dave", "pw")}})
	w.passes(life)
	w.signsIn("alice", nil)
	w.gets(ask+"username=alice\n", reply{secret: "access-alice", calls: "get server lock get sign-in(alice) update unlock"})
	const want = "alice access-alice/refresh-alice, renewable access-renewable/refresh-renewable, living access-living/, {password=pw username=dave}"
	if got := w.stored(); got != want {
		t.Errorf("there is %s\n    want %s", got, want)
	}
}
