package helper

import (
	"context"
	"errors"
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
				want = reply{secret: "quit", err: ErrSignInFailed, says: "u1", calls: "get server lock get unlock"}
			}
			w.gets(ask+"username="+name+"\n", want)
		}
		if failure := w.record().Failure; failure == nil || !failure.Asked || failure.Until != noon.Add(time.Minute) {
			t.Errorf("kept is %+v", failure)
		}
		w.gets(ask, reply{secret: "access-alice", calls: "get"})
	})
}

// TestNames: how the same person may be called in URLs.
func TestNames(t *testing.T) {
	w := newWorld(t)
	w.server.TokenUsers, w.server.FoldsNames = []string{"x-api-token-auth"}, true
	w.signsIn("alice", nil)
	w.gets(ask+"username=x-api-token-auth\n", reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	for _, name := range []string{"alice", "Alice", "ALICE", "x-api-token-auth", "x-token-auth"} {
		w.gets(ask+"username="+name+"\n", reply{secret: "access-alice", calls: "get"})
	}
	// Only in ASCII, and only where the forge does.
	w.signsIn("", errors.New("no"))
	w.gets(ask+"username=al\u0131ce\n", reply{secret: "quit", err: ErrSignInFailed, calls: "get server lock get sign-in(al\u0131ce) update unlock"})
	// What a person has typed under such a name is meant before the sign-in.
	w.stores(ask + "username=x-api-token-auth\npassword=api\n")
	w.signsIn("alice", nil)
	if _, err := w.helper.Login(t.Context(), parse(t, ask)); err != nil {
		t.Fatal(err)
	}
	w.gets(ask+"username=x-api-token-auth\n", reply{secret: "api", calls: "get"})
	w.gets(ask+"username=alice\n", reply{secret: "access-alice", calls: "get"})
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
	t.Run("a sign-in that fails leaves it", func(t *testing.T) {
		w := begin(t, 0)
		w.signsIn("", errors.New("access was denied"))
		w.gets(ask, reply{secret: "quit", err: ErrSignInFailed, calls: refused + "sign-in() update unlock"})
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
