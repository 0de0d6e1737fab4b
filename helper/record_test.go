package helper

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/secret"
)

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
	f.Add([]byte(`{"accounts":[{"sign_in":{"account":"a","username":"u","issued":"2027-01-15T08:00:00Z","expiry":"2027-01-15T08:00:00.5+01:00",` +
		`"issue":["x"],"refused":1}}]}`))
	f.Add([]byte(`{"accounts":[null,{},{"given":{}},{"given":{"password":"cA==","username":""}}],` +
		`"failure":{"at":"2027-01-15T08:00:00Z","why":"w","asked":true,"job":7}}`))
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
