package helper

import (
	"strings"
	"testing"

	"git-credential-grant/internal/secret"
)

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
