package helper

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// TestLogin asks whatever is stored, and ends what stood in the way.
func TestLogin(t *testing.T) {
	w := newWorld(t)
	old := w.signedIn("alice")
	old.SignIn.Ended = &Ended{At: noon, Why: "invalid_grant"}
	w.holds(Record{Accounts: []*Account{old, typed("bob", "x")}, Failure: &Failure{Why: "said no", Asked: true, At: w.clock}})
	w.passes(time.Minute)
	w.signsIn("alice", nil)
	if account, err := w.helper.Login(t.Context(), parse(t, ask)); account != "alice" || err != nil {
		t.Errorf("signed in as %q, %v", account, err)
	}
	if got := w.stored(); got != "alice access-alice/refresh-alice, {password=x username=bob}" {
		t.Errorf("stored is %s", got)
	}
	if record := w.record(); record.Failure != nil || record.Accounts[0].SignIn.Ended != nil {
		t.Errorf("what stood in the way still does: %+v", record)
	}
	w.gets(ask, reply{secret: "access-alice", calls: "get"})

	// What goes wrong is an error that the caller can decide on.
	w.signsIn("", errNetwork)
	if _, err := w.helper.Login(t.Context(), parse(t, ask)); !errors.Is(err, errSignInFailed) || !errors.Is(err, errNetwork) {
		t.Errorf("got %v", err)
	}
	w.signsIn("carol", nil)
	if _, err := w.helper.Login(t.Context(), parse(t, ask+"username=alice\n")); !errors.Is(err, ErrOtherAccount) {
		t.Errorf("got %v", err)
	}
	if _, err := w.helper.Login(t.Context(), RequestOf(ParseOrigin("http://git.example"))); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("got %v", err)
	}
}

// TestToken hands out tokens of sign-ins, and nothing else.
func TestToken(t *testing.T) {
	w := newWorld(t)
	w.server.SignIn = func(context.Context, string) (*oauth2.Token, string, error) { return nil, "", ErrNobodyThere }
	want := func(token string, is error) {
		t.Helper()
		got, of, err := w.helper.Token(t.Context(), parse(t, ask))
		if got != token || !errors.Is(err, is) || (of.ExpiresAt != nil) != (token != "") {
			t.Errorf("got %q, %+v, %v, want %q, %v", got, of, err, token, is)
		}
	}
	want("", ErrNotSignedIn)
	w.holds(Record{Accounts: []*Account{typed("alice", "password")}})
	want("", ErrNotSignedIn)
	w.holds(Record{Accounts: []*Account{w.signedIn("1")}})
	want("access-1", nil)
	w.passes(life)
	w.refreshes("access-2", "refresh-2", nil)
	want("access-2", nil)
	w.passes(life)
	w.refreshes("", "", errNetwork)
	want("", errNetwork)
	w.refreshes("", "", ErrGrantEnded)
	want("", ErrNotSignedIn)
}
