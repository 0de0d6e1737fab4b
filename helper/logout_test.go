package helper

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// TestLogout forgets first, so that it is done whatever the server does, and then revokes.
func TestLogout(t *testing.T) {
	w := newWorld(t)
	w.server.Revoke = func(_ context.Context, token *oauth2.Token) error {
		w.called("revoke(" + token.AccessToken + " " + token.RefreshToken + ")")
		if w.keyring.items[origin] != nil && strings.Contains(string(w.keyring.items[origin]), token.RefreshToken) {
			t.Error("the token is still in the keyring")
		}
		return errNetwork
	}
	other := w.signedIn("elsewhere")
	other.SignIn.TokenEndpoint = "https://other.example/token"
	w.holds(Record{Accounts: []*Account{w.signedIn("alice"), w.signedIn("bob"), typed("carol", "x"), other}})

	got, err := w.helper.Logout(t.Context(), parse(t, ask+"username=bob\n"))
	if err != nil || len(got) != 1 || got[0].Account != "bob" || !got[0].SignIn || !errors.Is(got[0].NotRevoked, errNetwork) {
		t.Errorf("bob: %+v, %v", got, err)
	}
	if calls := strings.Join(w.calls, " "); calls != "update server revoke(access-bob refresh-bob)" {
		t.Errorf("what happened: %s", calls)
	}

	// Everybody. A token goes to no server but the one that issued it.
	w.calls = nil
	got, err = w.helper.Logout(t.Context(), parse(t, ask))
	if err != nil || len(got) != 3 || got[1] != (Forgotten{Origin: ParseOrigin(origin), Account: "carol"}) {
		t.Errorf("all: %+v, %v", got, err)
	}
	if calls := strings.Join(w.calls, " "); calls != "update server revoke(access-alice refresh-alice) server" || got[2].NotRevoked == nil {
		t.Errorf("what happened: %s, %v", calls, got[2].NotRevoked)
	}
	if len(w.keyring.items) > 0 {
		t.Error("something is stored still")
	}
	if got, err := w.helper.Logout(t.Context(), parse(t, ask)); len(got) > 0 || err != nil {
		t.Errorf("nothing: %+v, %v", got, err)
	}

	// A record that cannot be read is forgotten all the same.
	w.keyring.items[origin] = []byte("damaged")
	if got, err := w.helper.Logout(t.Context(), parse(t, ask)); len(got) != 1 || err != nil || len(w.keyring.items) > 0 {
		t.Errorf("a damaged record: %+v, %v", got, err)
	}
}
