package helper

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"bitbucket.org":                      "https://bitbucket.org",
		"https://BitBucket.org/acme/app.git": "https://bitbucket.org  /acme/app.git",
		"https://alice@bitbucket.org":        "https://bitbucket.org alice",
		"git.example:8443":                   "https://git.example:8443",
		"http://127.0.0.1:1234":              "http://127.0.0.1:1234",
		"https://[::1]:8443/":                "https://[::1]:8443",
		"":                                   "!",
		"https://":                           "!",
		"a b":                                "!",
		"https://git.example?x=y":            "!",
		"git@bitbucket.org:acme/app.git":     "!",
		"ssh://git@bitbucket.org":            "!",
		"https://evil.example\nhost=bitbucket.org":   "!",
		"https://alice:secret@bitbucket.org":         "!",
		"https://bitbucket.org%0ahost=other.example": "!",
	} {
		request, path, err := ParseTarget(target)
		got := "!"
		if err == nil {
			got = strings.TrimSpace(request.Origin.String() + " " + request.Attributes.Get("username") + " " + path)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v tells a secret", err)
		}
		if got != want {
			t.Errorf("%q is %q, %v, want %q", target, got, err, want)
		}
	}
}

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
	if _, err := w.helper.Login(t.Context(), parse(t, ask)); !errors.Is(err, ErrSignInFailed) || !errors.Is(err, errNetwork) {
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
		got, err := w.helper.Token(t.Context(), parse(t, ask))
		if got != token || !errors.Is(err, is) {
			t.Errorf("got %q, %v, want %q, %v", got, err, token, is)
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

// TestClient keeps the client of an origin in an item of its own.
func TestClient(t *testing.T) {
	w := newWorld(t)
	if client, err := w.helper.Client(t.Context(), ParseOrigin(origin)); client != nil || err != nil {
		t.Errorf("nothing is registered: %v, %v", client, err)
	}
	want := Client{ID: "id", Secret: secret.New("secret"), TokenEndpoint: "https://git.example/token"}
	if replaced, err := w.helper.Register(t.Context(), ParseOrigin(origin), &want); replaced || err != nil {
		t.Errorf("registering gives %v, %v", replaced, err)
	}
	if client, err := w.helper.Client(t.Context(), ParseOrigin(origin)); err != nil || *client != want {
		t.Errorf("got %v, %v", client, err)
	}
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	if keys := Origins([]string{"client " + origin, origin}); len(keys) != 1 || keys[0].String() != origin {
		t.Errorf("the origins are %q", keys)
	}
	if len(w.keyring.items) != 2 {
		t.Errorf("there are %d items", len(w.keyring.items))
	}
	if had, err := w.helper.Register(t.Context(), ParseOrigin(origin), nil); !had || err != nil || len(w.keyring.items) != 1 {
		t.Errorf("forgetting gives %v, %v", had, err)
	}
	w.keyring.items["client "+origin] = []byte("damaged secret")
	if _, err := w.helper.Client(t.Context(), ParseOrigin(origin)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a damaged one gives %v", err)
	}
}
