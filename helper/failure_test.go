package helper

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

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
		}, reply{secret: "quit", err: errSignInFailed, says: "access was denied", calls: noServer}},
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
		false: {secret: "quit", err: errSignInFailed, says: "cancelled", calls: "get server lock get unlock"},
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
				want.secret, want.err, want.says = "quit", errSignInFailed, "access was denied"
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
