package helper

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/secret"
)

// golden is a record with everything in it. What was once written must open for ever: a field that is renamed, or read
// otherwise, would log everybody out.
var golden = &Record{
	Accounts: []*Account{
		{SignIn: &SignIn{
			Account: "alice", Username: "x-token-auth", AnyUsername: true, TokenUsers: []string{"x-api-token-auth"}, FoldsNames: true,
			Bearer: true, Provider: "gitea", RefreshEndsToken: true, OnlyBearer: true,
			AccessToken: secret.New("access-<&>"), Issued: noon, Expiry: noon.Add(2 * time.Hour), RefreshToken: secret.New("refresh-\u00e9"),
			Scopes: "repository account", TokenEndpoint: "https://git.example/token", ClientID: "client", Grant: "code",
			Fingerprints: []string{"VuF3Vn8vUz2MPsiuPxpxRA", "x"}, Refusals: []Refusal{{At: noon, By: "1.2 acme/app.git"}},
			Ended: &Ended{At: noon, Why: "it said no"},
		}},
		{Given: attributes(map[string]string{
			"username": "dave", "password": "\xff\x00pw", "path": "acme/app.git", "password_expiry_utc": "1800000000",
			"oauth_refresh_token": "r", "authtype": "Digest", "credential": "c",
		})},
	},
	Failure: &Failure{At: noon, Why: "access was denied", Asked: true, Declined: true, Account: "bob", Job: 7, AskedInVain: 2, Until: noon.Add(time.Minute)},

	SignedInFor: "3.4",
}

// TestGolden opens what earlier versions have written. A new format gets a new file; the old ones stay as they are.
func TestGolden(t *testing.T) {
	stored, err := os.ReadFile("testdata/record-1.json")
	if err != nil {
		t.Fatal(err)
	}
	record, err := decodeRecord(stored)
	if err != nil || !reflect.DeepEqual(record, golden) {
		t.Errorf("it opens as\n%s\n%v", asJSON(t, record), err)
	}
	written, err := golden.encode()
	if got, want := string(written), strings.TrimSpace(string(stored)); err != nil || got != want {
		t.Errorf("today it is written as\n%s\nand was as\n%s\n%v", got, want, err)
	}

	// Before refusals were kept one by one, there was a count of them.
	stored, err = os.ReadFile("testdata/record-0.json")
	if err != nil {
		t.Fatal(err)
	}
	record, err = decodeRecord(stored)
	if err != nil || len(record.Accounts) != 1 || record.Accounts[0].SignIn.RefreshToken != secret.New("refresh") {
		t.Errorf("the older one opens as\n%s\n%v", asJSON(t, record), err)
	}

	var client Client
	stored, err = os.ReadFile("testdata/client-1.json")
	if err != nil {
		t.Fatal(err)
	}
	want := Client{ID: "key", Secret: secret.New("S3cr3t"), TokenEndpoint: "https://git.example/token"}
	if err := json.Unmarshal(stored, &client); err != nil || client != want {
		t.Errorf("the client opens as %+v, %v", client, err)
	}
	if got := asJSON(t, want); got != strings.TrimSpace(string(stored)) {
		t.Errorf("today the client is written as %s", got)
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestNothingSecretIsPrinted: a forgotten verb shows the names of things, and no secret.
func TestNothingSecretIsPrinted(t *testing.T) {
	credential := parse(t, ask+"username=dave\npassword=S3cr3t\noauth_refresh_token=R3fresh\nauthtype=Bearer\ncredential=B3arer\n")
	client := Client{ID: "key", Secret: secret.New("S3cr3t")}
	type holder struct{ Any any }
	signedIn, given := golden.Accounts[0], golden.Accounts[1]
	for _, value := range []any{
		golden, *golden, signedIn, *signedIn.SignIn, given, *given, credential, *credential, client, &client,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			for _, text := range []string{fmt.Sprintf(verb, value), fmt.Sprintf(verb, holder{value}), fmt.Sprintf(verb, []any{value})} {
				for _, hidden := range []string{"access-<", "refresh-\u00e9", "\xff", "S3cr3t", "R3fresh", "B3arer", "6163636573732d", "533363723374"} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(hidden)) {
						t.Errorf("%s of a %T shows %q: %s", verb, value, hidden, text)
					}
				}
			}
		}
	}
}
