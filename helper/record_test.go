package helper

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// noon is when the tests begin. It is UTC, as times are after a trip through JSON.
var noon = time.Unix(1_800_000_000, 0).UTC()

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

func TestRecordRoundTrip(t *testing.T) {
	for name, record := range map[string]*Record{
		"nothing": {},
		"all there is": {
			Accounts: []*Account{
				{SignIn: &SignIn{
					Account: "alice", Username: "x-token-auth", AnyUsername: true,
					AccessToken: secret.New("access"), Issued: noon, Expiry: noon.Add(time.Hour), RefreshToken: secret.New("refresh"), Scopes: "a b",
					TokenEndpoint: "https://git.example/token", ClientID: "client",
					Fingerprints: []string{"x", "y"}, Refusals: []Refusal{{At: noon, By: "1.2 a/b"}}, Ended: &Ended{At: noon, Why: "invalid_grant"},
					TokenUsers: []string{"x-token"}, FoldsNames: true, OnlyBearer: true,
				}},
				{SignIn: &SignIn{Issued: noon}},
				{Given: attributes(map[string]string{"username": "", "password": "", "path": "a/b.git"})},
			},
			Failure:     &Failure{At: noon, Why: "no network", Asked: true, Declined: true, Job: 7},
			SignedInFor: "3.4",
		},
		"a failure alone": {Failure: &Failure{At: noon}},
		// A password is bytes: a person with a Latin-1 terminal has one that is no UTF-8.
		"bytes that are no UTF-8": {Accounts: []*Account{{Given: attributes(map[string]string{"username": "Andr\xe9", "password": "\xff\"<\u2028"})}}},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := record.encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := decodeRecord(data)
			if err != nil || !reflect.DeepEqual(again, record) {
				t.Errorf("got %+v, %v; want %+v", again, err, record)
			}
		})
	}
}

// An item that holds nothing is none, so that a logout leaves no trace in the keyring.
func TestEmptyRecordIsForgotten(t *testing.T) {
	data, err := (&Record{Accounts: []*Account{}}).encode()
	if data != nil || err != nil {
		t.Errorf("got %q, %v", data, err)
	}
}

func TestDecodeRecord(t *testing.T) {
	for name, test := range map[string]struct {
		data     string
		accounts int
	}{
		"null":                     {`null`, 0},
		"an account that is null":  {`{"accounts":[null]}`, 0},
		"an account of nothing":    {`{"accounts":[{}]}`, 0},
		"given nothing":            {`{"accounts":[{"given":{}}]}`, 0},
		"an account of both kinds": {`{"accounts":[{"sign_in":{},"given":{"password":"cA=="}}]}`, 0},
		"a good one among junk":    {`{"accounts":[null,{"sign_in":{"account":"alice"}},{}]}`, 1},
		"fields of a later version": {
			`{"accounts":[{"sign_in":{"account":"alice","new":1},"new":{}}],"new":[]}`, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			record, err := decodeRecord([]byte(test.data))
			if err != nil || len(record.Accounts) != test.accounts {
				t.Errorf("got %+v, %v; want %d accounts", record, err, test.accounts)
			}
		})
	}
	// What cannot be read is an error, not "nothing stored": the person would be asked, and the item overwritten.
	for _, data := range []string{"", "secret", `{"accounts":[{"sign_in":{"access_token":"secret"`, `{"accounts":"secret"}`} {
		record, err := decodeRecord([]byte(data))
		if err == nil {
			t.Errorf("%q is read as %+v", data, record)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error %q tells what is stored", err)
		}
	}
}

// FuzzDecodeRecord checks that whatever a keyring returns is refused or becomes a record that lasts as it is.
func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"accounts":[{"sign_in":{"account":"a","username":"u","issued":"2027-01-15T08:00:00Z","expiry":"2027-01-15T08:00:00.5+01:00","issue":["x"],"refused":1}}]}`))
	f.Add([]byte(`{"accounts":[null,{},{"given":{}},{"given":{"password":"cA==","username":""}}],"failure":{"at":"2027-01-15T08:00:00Z","why":"w","asked":true,"job":7}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := decodeRecord(data)
		if err != nil {
			return
		}
		first, err := record.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeRecord(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.encode(); err != nil || !bytes.Equal(second, first) {
			t.Errorf("%s\nbecomes %s, %v", first, second, err)
		}
	})
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
