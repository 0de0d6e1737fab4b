package helper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// confirms makes the host one that only itself says what it is. The person answers, or cannot be asked.
func (w *world) confirms(yes, answered bool) {
	w.server.SomebodyThere = func() bool { return true }
	w.server.Confirm = func(context.Context) (bool, bool) { w.called("confirm"); return yes, answered }
}

// TestConfirm: a host that only itself says what it is gets no window before the person has said yes to it.
func TestConfirm(t *testing.T) {
	const asked = "get server lock get confirm "
	t.Run("nobody can be asked", func(t *testing.T) {
		w := newWorld(t)
		w.confirms(false, false)
		w.gets(ask, reply{err: ErrUnconfirmed, says: "git.example", calls: asked + "unlock"})
		if len(w.keyring.items) != 0 {
			t.Error("it is kept")
		}
	})
	t.Run("no is git's to deal with, and is said once in a command", func(t *testing.T) {
		w := newWorld(t)
		w.helper.Job = 7
		w.confirms(false, true)
		w.gets(ask, reply{calls: asked + "update unlock"})
		w.gets(ask+"username=bob\n", reply{calls: "get server lock get unlock"})
		w.passes(siblingPause)
		w.gets(ask, reply{calls: asked + "update unlock"})
	})
	t.Run("yes is remembered with the sign-in", func(t *testing.T) {
		w := newWorld(t)
		w.confirms(true, true)
		w.server.Provider = "gitea"
		w.signsIn("alice", nil)
		w.gets(ask, reply{secret: "access-alice", calls: asked + "lock sign-in() unlock update unlock"})
		if got, err := w.helper.Provider(t.Context(), parse(t, ask+"username=bob\n")); got != "gitea" || err != nil {
			t.Errorf("another name at the host is at %q, %v", got, err)
		}
	})
}

// TestLeftAlone: after a sign-in that failed, what the person does not see does not ask again so soon.
func TestLeftAlone(t *testing.T) {
	const looks = "get server lock get "
	w := newWorld(t)
	w.server.SomebodyThere = func() bool { return true }
	w.signsIn("", errors.New("access was denied"))
	w.gets(ask, reply{secret: "quit", err: errSignInFailed, calls: looks + "lock sign-in() unlock update unlock"})
	w.passes(20 * time.Second)
	w.gets(ask, reply{secret: "quit", err: ErrPaused, says: "for another 40s): access was denied", calls: looks + "unlock"})
	w.signsIn("alice", nil)
	w.helper.AtTerminal = func() bool { return true }
	w.gets(ask, reply{secret: "access-alice", calls: looks + "lock sign-in() unlock update unlock"})
}

// TestOneWindow: a command has the person sign in once at an origin, whatever names its URLs carry.
func TestOneWindow(t *testing.T) {
	const signIn = "get server lock get sign-in"
	t.Run("after a sign-in", func(t *testing.T) {
		w := newWorld(t)
		w.server.SomebodyThere = func() bool { return true }
		w.comesFrom("clone")
		w.signsIn("alice", nil)
		w.gets(ask, reply{secret: "access-alice", calls: "get server lock get lock sign-in() unlock update unlock"})
		w.gets(ask+"username=bob\n", reply{secret: "quit", err: ErrOneWindow, calls: "get server lock get unlock"})
		w.comesFrom("another")
		w.signsIn("bob", nil)
		w.gets(ask+"username=bob\n", reply{secret: "access-bob", calls: "get server lock get lock sign-in(bob) unlock update unlock"})
	})
	t.Run("after one as somebody else, which is a failure like any other", func(t *testing.T) {
		w := newWorld(t)
		w.helper.Job = 7
		w.signsIn("alice", nil)
		for i, name := range []string{"u1", "u2", "u3"} {
			want := reply{secret: "quit", err: ErrOtherAccount, says: "alice, while the URL names u1", calls: signIn + "(u1) update unlock"}
			if i > 0 {
				want = reply{secret: "quit", err: errSignInFailed, says: "u1", calls: "get server lock get unlock"}
			}
			w.gets(ask+"username="+name+"\n", want)
		}
		if failure := w.record().Failure; failure == nil || !failure.Asked || failure.Until != noon.Add(time.Minute) {
			t.Errorf("kept is %+v", failure)
		}
		w.gets(ask, reply{secret: "access-alice", calls: "get"})
	})
}

// TestNotAsked: a proxy that lets nobody pass, say, is found before the person is asked. Nothing keeps the next command from
// asking then.
func TestNotAsked(t *testing.T) {
	w := newWorld(t)
	w.server.SomebodyThere = func() bool { return true }
	w.signsIn("", fmt.Errorf("no way through: %w", ErrNotAsked))
	if _, err := w.helper.Get(t.Context(), parse(t, ask)); !errors.Is(err, errSignInFailed) || !strings.Contains(err.Error(), "no way through") {
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

// The person is signed in to the forge as somebody else than the URL names. That token is kept, but not used for it.
func TestSignsInAsSomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice"), w.signedIn("bob")}})
	w.signsIn("bob", nil)
	w.passes(time.Hour)
	w.gets(ask+"username=carol\n", reply{
		secret: "quit", err: ErrOtherAccount, says: "bob, while the URL names carol",
		calls: "get server lock get sign-in(carol) update unlock",
	})
	if got, want := w.stored(), "bob access-bob/refresh-bob, alice access-alice/refresh-alice"; got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
	// Its token is the new one.
	if issued := w.record().Accounts[0].SignIn.Issued; !issued.Equal(w.clock) {
		t.Errorf("bob's token was issued at %v", issued)
	}
}
