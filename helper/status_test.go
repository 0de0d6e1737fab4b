package helper

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/secret"
)

// TestStatus is what can be said of a sign-in in the course of its life.
func TestStatus(t *testing.T) {
	w := newWorld(t)
	account := w.signedIn("alice")
	account.SignIn.Scopes = "repository account"
	alice := account.SignIn
	endedAtNoon := "it said no, on " + noon.Local().Format("2 January 2006 at 15:04") + "; a new sign-in is needed"
	for _, test := range []struct {
		name              string
		change            func()
		expires           string
		renewable, usable bool
		problem           string
	}{
		{"just issued", func() {}, "2h0m0s", true, true, ""},
		{"an hour later", func() { w.passes(61 * time.Minute) }, "59m0s", true, true, ""},
		{"a moment before the end", func() { w.passes(58*time.Minute + 30*time.Second) }, "30s", true, true, ""},
		{"expired", func() { w.passes(time.Hour) }, "0s", true, true, ""},
		{"refused by the git server", func() { alice.AccessToken = secret.String{} }, "none", true, true, ""},
		{"no refresh token", func() { alice.RefreshToken = secret.String{} }, "none", false, false, ""},
		{"ended", func() { alice.RefreshToken, alice.Ended = secret.New("refresh"), &Ended{At: noon, Why: "it said no"} }, "none", false, false, endedAtNoon},
		{"minted", func() { alice.Grant, alice.Ended = "jwt", nil }, "none", true, true, ""},
		{"never expires", func() {
			alice.RefreshToken, alice.Grant, alice.AccessToken, alice.Expiry = secret.String{}, "", secret.New("access"), time.Time{}
		}, "none", false, true, ""},
		{"lives for days", func() { alice.Expiry = w.clock.Add(50 * time.Hour) }, "50h0m0s", false, true, ""},
	} {
		test.change()
		w.holds(Record{Accounts: []*Account{account, typed("bob", "x")}})
		got, err := w.helper.Status(t.Context(), RequestOf(ParseOrigin(origin)))
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", test.name, got, err)
		}
		s := got[0]
		if left(s.ExpiresIn) != test.expires || s.Renewable != test.renewable || s.Usable != test.usable || s.Problem != test.problem {
			t.Errorf("%s: %q, renewable %v, usable %v, %q", test.name, left(s.ExpiresIn), s.Renewable, s.Usable, s.Problem)
		}
	}

	// A failure of this account is told, one of another is not.
	for whose, problem := range map[string]string{"": "no network", "alice": "no network", "bob": ""} {
		w.holds(Record{Accounts: []*Account{account}, Failure: &Failure{Why: "no network", Account: whose}})
		if got, _ := w.helper.Status(t.Context(), RequestOf(ParseOrigin(origin))); got[0].Problem != problem {
			t.Errorf("a failure of %q is told as %q", whose, got[0].Problem)
		}
	}

	// Only the account that is named.
	w.holds(Record{Accounts: []*Account{account, w.signedIn("bob")}})
	got, err := w.helper.Status(t.Context(), parse(t, ask+"username=bob\n"))
	if err != nil || len(got) != 1 || got[0].Account != "bob" {
		t.Errorf("bob's is %v, %v", got, err)
	}
	text, err := json.Marshal(got)
	if err != nil || strings.Contains(string(text), "access-") || strings.Contains(string(text), "refresh-") {
		t.Errorf("JSON tells a secret: %s, %v", text, err)
	}
}

func left(seconds *int64) string {
	if seconds == nil {
		return "none"
	}
	return (time.Duration(*seconds) * time.Second).String()
}
