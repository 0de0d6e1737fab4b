package helper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
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
		"the token lives":                {ask, time.Minute, errNetwork, reply{secret: "access-alice", calls: calls}},
		"the token has run out":          {ask, 0, errNetwork, reply{secret: "quit", err: errNetwork, says: "could not renew the token: no network", calls: calls}},
		"the git server has refused it":  {again("access-alice"), time.Hour, errNetwork, reply{secret: "quit", err: errNetwork, calls: calls}},
		"the client, and the token live": {ask, time.Minute, errClient, reply{secret: "access-alice", err: ErrClientRefused, says: "could not renew the token: invalid_client", calls: calls}},
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
		"the sign-in has ended": {ErrGrantEnded, reply{secret: "access-bob", err: ErrNotKept, calls: begin + "sign-in() update unlock"}},
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

// TestNotAsked: a proxy that lets nobody pass, say, is found before the person is asked. Nothing keeps the next command from
// asking then.
func TestNotAsked(t *testing.T) {
	w := newWorld(t)
	w.server.SomebodyThere = func() bool { return true }
	w.signsIn("", fmt.Errorf("no way through: %w", ErrNotAsked))
	if _, err := w.helper.Get(t.Context(), parse(t, ask)); !errors.Is(err, ErrSignInFailed) || !strings.Contains(err.Error(), "no way through") {
		t.Errorf("got %v", err)
	}
	if failure := w.record().Failure; failure == nil || failure.Asked || !failure.Until.IsZero() {
		t.Errorf("what is kept: %+v", failure)
	}
	w.signsIn("1", nil)
	if answer, err := w.helper.Get(t.Context(), parse(t, ask)); err != nil || answer == nil {
		t.Errorf("the next one: %v, %v", answer, err)
	}
}

// TestWaited is about a process that waited for the lock: it takes what the other one brought, good or bad.
func TestWaited(t *testing.T) {
	const noServer = "get server lock get unlock"
	alice := func(w *world, change func(*SignIn)) { w.changes(func(r *Record) { change(r.Accounts[0].SignIn) }) }
	fails := func(w *world, failure Failure) {
		w.changes(func(r *Record) { failure.At = w.clock; r.Failure = &failure })
	}
	for name, test := range map[string]struct {
		request string
		left    time.Duration // how long the token still lived
		other   func(*world)
		want    reply
	}{
		"the other renewed the token": {ask, 0, func(w *world) {
			alice(w, func(s *SignIn) { s.take(w.token("access-2", "refresh-2"), w.clock) })
		}, reply{secret: "access-2", calls: noServer}},
		// It would not be handed out from the store, but a second refresh would bring nothing better.
		"the other renewed it for a second": {ask, 0, func(w *world) {
			alice(w, func(s *SignIn) {
				s.take(&oauth2.Token{AccessToken: "access-2", Expiry: w.clock.Add(time.Second)}, w.clock.Add(-time.Hour))
			})
		}, reply{secret: "access-2", calls: noServer}},
		"the git server refused the token, and the other renewed it": {again("access-alice"), time.Hour, func(w *world) {
			alice(w, func(s *SignIn) { s.take(w.token("access-2", "refresh-2"), w.clock) })
		}, reply{secret: "access-2", calls: noServer}},
		"somebody typed a password": {ask, 0, func(w *world) {
			w.changes(func(r *Record) { r.keep(typed("alice", "pw")) })
		}, reply{secret: "pw", calls: noServer}},
		"older git erased the refused token": {ask, time.Minute, func(w *world) {
			w.erases(ask + "username=x-token-auth\npassword=access-alice\n")
		}, reply{secret: "access-new", calls: "get server lock update get refresh(refresh-alice) update unlock"}},
		"the person logged out": {ask, 0, func(w *world) {
			w.erases(ask)
		}, reply{secret: "access-bob", calls: "get server lock update get sign-in() update unlock"}},

		"the person said no": {ask, 0, func(w *world) {
			fails(w, Failure{Why: "access was denied", Asked: true})
		}, reply{secret: "quit", err: ErrSignInFailed, says: "access was denied", calls: noServer}},
		"the refresh failed, and the token lives": {ask, time.Minute, func(w *world) {
			fails(w, Failure{Why: "no network"})
		}, reply{secret: "access-alice", calls: noServer}},
		"the refresh failed, and the token has run out": {ask, 0, func(w *world) {
			fails(w, Failure{Why: "no network"})
		}, reply{secret: "quit", says: "no network", calls: noServer}},
		"the refresh of another account failed": {ask, 0, func(w *world) {
			fails(w, Failure{Why: "no network", Account: "bob"})
		}, reply{secret: "access-new", calls: "get server lock get refresh(refresh-alice) update unlock"}},
		// git would take it to the server once more, and then say "Authentication failed" instead of the reason.
		"the refresh failed, and the git server has refused the token": {again("access-alice"), time.Hour, func(w *world) {
			fails(w, Failure{Why: "no network"})
		}, reply{secret: "quit", says: "no network", calls: noServer}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life - test.left)
			w.refreshes("access-new", "refresh-new", nil)
			w.signsIn("bob", nil)
			w.keyring.waiting = func() { test.other(w) }
			w.gets(test.request, test.want)
		})
	}
}

// A command that is typed anew, while the one that was given up has not quite ended, asks for itself.
func TestTypedAnew(t *testing.T) {
	for terminal, want := range map[bool]reply{
		true:  {secret: "access-bob", calls: "get server lock get sign-in() update unlock"},
		false: {secret: "quit", err: ErrSignInFailed, says: "cancelled", calls: "get server lock get unlock"},
	} {
		w := newWorld(t)
		w.helper.Job = 8
		w.helper.AtTerminal = func() bool { return terminal }
		w.signsIn("bob", nil)
		w.keyring.waiting = func() {
			w.holds(Record{Failure: &Failure{At: w.clock, Why: "the sign-in was cancelled", Asked: true, Job: 7}})
		}
		w.gets(ask, want)
	}
}

// Where nothing was stored, all processes of one command share one window.
func TestWaitedForTheFirstSignIn(t *testing.T) {
	w := newWorld(t)
	w.keyring.waiting = func() { w.holds(Record{Accounts: []*Account{w.signedIn("alice")}}) }
	w.gets(ask, reply{secret: "access-alice", calls: "get server lock get unlock"})
}

// After a no, the other processes of the same command do not ask again, and the next command does. git submodule
// starts them one after the other, so that they need not have waited.
func TestSiblings(t *testing.T) {
	const job, asked, none = 7, "get server lock get sign-in() update unlock", "get server lock get unlock"
	no := Failure{At: noon, Why: "access was denied", Asked: true, Job: job}
	unnamed, unasked := no, no
	unnamed.Job, unasked.Asked = 0, false
	for name, test := range map[string]struct {
		failure Failure
		later   time.Duration
		job     int
		calls   string
	}{
		"the same command":                          {no, 0, job, none},
		"the same, half a minute on":                {no, 30*time.Second - 1, job, none},
		"the same, later":                           {no, 30 * time.Second, job, asked},
		"another command":                           {no, 0, job + 1, asked},
		"a command that we cannot tell from others": {unnamed, 0, 0, asked},
		"a failure that cost nobody anything":       {unasked, 0, job, asked},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Failure: &test.failure})
			w.helper.Job = test.job
			w.passes(test.later)
			w.signsIn("alice", nil)
			want := reply{secret: "access-alice", calls: test.calls}
			if test.calls == none {
				want.secret, want.err, want.says = "quit", ErrSignInFailed, "access was denied"
			}
			w.gets(ask, want)
			if failure := w.record().Failure; test.calls == asked && failure != nil {
				t.Errorf("after the sign-in there is still %+v", failure)
			}
		})
	}
}

// A failure is kept with the command that it happened in, for its siblings.
func TestFailureIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		fails func(*world)
		want  Failure
	}{
		"of a refresh": {func(w *world) { w.refreshes("", "", errNetwork) }, Failure{At: noon.Add(life), Why: "could not renew the token: no network", Job: 7}},
		"of a sign-in": {func(w *world) {
			w.refreshes("", "", ErrGrantEnded)
			w.signsIn("", errors.New("access was denied"))
		}, Failure{At: noon.Add(life), Why: "access was denied", Asked: true, Job: 7, AskedInVain: 1, Until: noon.Add(life + time.Minute)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
			w.passes(life)
			w.helper.Job = 7
			test.fails(w)
			if answer, err := w.helper.Get(t.Context(), parse(t, ask)); err == nil {
				t.Fatalf("git is told %v", answer)
			}
			if got := w.record().Failure; got == nil || *got != test.want {
				t.Errorf("what is kept: %+v, want %+v", got, test.want)
			}
		})
	}
}
