package helper

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

func TestLive(t *testing.T) {
	const forever = 0
	for _, test := range []struct {
		what         string
		life         time.Duration
		elapsed      time.Duration
		live, usable bool
	}{
		{"just issued", 2 * time.Hour, 0, true, true},
		{"five minutes left, and a second", 2 * time.Hour, 2*time.Hour - 5*time.Minute - time.Second, true, true},
		{"five minutes left", 2 * time.Hour, 2*time.Hour - 5*time.Minute, false, true},
		{"a second left", 2 * time.Hour, 2*time.Hour - time.Second, false, true},
		{"expired now", 2 * time.Hour, 2 * time.Hour, false, false},
		{"expired long ago", 2 * time.Hour, 1000 * time.Hour, false, false},
		// Five minutes would be half of such a life, and it would be renewed all the time.
		{"a short life, a tenth left, and a second", 10 * time.Minute, 9*time.Minute - time.Second, true, true},
		{"a short life, a tenth left", 10 * time.Minute, 9 * time.Minute, false, true},
		{"fifty minutes are where a tenth becomes five minutes", 50 * time.Minute, 45*time.Minute - time.Second, true, true},
		{"the same, a second later", 50 * time.Minute, 45 * time.Minute, false, true},
		{"a life of a second", time.Second, 0, true, true},
		{"no life at all", -time.Second, 0, false, false},
		{"no expiry", forever, 0, true, true},
		{"no expiry, after a hundred years", forever, 100 * 365 * 24 * time.Hour, true, true},
		// Clocks of two machines differ a little. One that says that the token will be issued much later is wrong.
		{"a clock that is a little late", 2 * time.Hour, -5 * time.Minute, true, true},
		{"a clock that was set back", 2 * time.Hour, -5*time.Minute - time.Second, false, true},
		{"no expiry, and a clock that was set back", forever, -1000 * time.Hour, true, true},
	} {
		signIn := &SignIn{AccessToken: secret.New("access"), Issued: noon}
		if test.life != forever {
			signIn.Expiry = noon.Add(test.life)
		}
		now := noon.Add(test.elapsed)
		if live, usable := signIn.live(now), signIn.usable(now); live != test.live || usable != test.usable {
			t.Errorf("%s: live %v, usable %v; want %v, %v", test.what, live, usable, test.live, test.usable)
		}
		signIn.AccessToken = secret.String{}
		if signIn.live(now) || signIn.usable(now) {
			t.Errorf("%s: live or usable without a token", test.what)
		}
	}
}

func TestTake(t *testing.T) {
	signIn := &SignIn{RefreshToken: secret.New("refresh-0"), Scopes: "all"}
	for n := 1; n <= 10; n++ {
		signIn.take(&oauth2.Token{AccessToken: fmt.Sprint("access-", n), Expiry: noon.Add(time.Hour)}, noon)
	}
	if signIn.RefreshToken != secret.New("refresh-0") || signIn.Scopes != "all" {
		t.Errorf("an answer without a refresh token and scopes leaves %q and %q", signIn.RefreshToken, signIn.Scopes)
	}
	if !signIn.has(fingerprintOf("access-10")) || signIn.has(fingerprintOf("access-9")) {
		t.Error("the last token is not the present one")
	}
	// The record must not grow for ever, and a git process that began with the eighth last token may still run.
	if !signIn.had(fingerprintOf("access-3")) || signIn.had(fingerprintOf("access-2")) || len(signIn.Fingerprints) != 8 {
		t.Errorf("of ten tokens it remembers %d", len(signIn.Fingerprints))
	}

	signIn.take((&oauth2.Token{AccessToken: "a", RefreshToken: "refresh-1"}).WithExtra(map[string]any{"scope": "x y"}), noon)
	if signIn.RefreshToken != secret.New("refresh-1") || signIn.Scopes != "x y" || !signIn.Expiry.IsZero() {
		t.Errorf("got %+v", signIn)
	}
	signIn.take((&oauth2.Token{AccessToken: "a"}).WithExtra(map[string]any{"scope": "z"}), noon)
	if signIn.Scopes != "z" {
		t.Errorf("the scopes are %q", signIn.Scopes)
	}
}

// TestRenewalComesLate where it ends the token before it, with which other git processes may still be at work.
func TestRenewalComesLate(t *testing.T) {
	w := newWorld(t)
	w.server.RefreshEndsToken = true
	w.signsIn("alice", nil)
	w.gets(ask, reply{secret: "access-alice", calls: "get server lock get sign-in() update unlock"})
	w.passes(life - time.Minute - time.Second)
	w.gets(ask, reply{secret: "access-alice", calls: "get"})
	w.passes(time.Second)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get server lock get refresh(refresh-alice) update unlock"})
}
