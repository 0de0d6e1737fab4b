package flow

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// startForge starts a forge, and returns it with a client that is registered there.
func startForge(t *testing.T, options testforge.Options) (*testforge.Forge, *Client) {
	t.Helper()
	forge, err := testforge.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { forge.Close() })
	client := newClient(t, forge.URL)
	client.ID, client.Secret = forge.ClientID, secret.New(forge.ClientSecret)
	client.Profile.UserInfoURL = forge.URL + "/2.0/user"
	return forge, client
}

// newClient returns a client for a server that has its endpoints where Bitbucket has them.
func newClient(t testing.TB, server string) *Client {
	t.Helper()
	host, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	profile, _ := ByName("bitbucket")
	if profile, err = profile.At(host); err != nil {
		t.Fatal(err)
	}
	return &Client{
		Profile: profile, ID: "client-id", Secret: secret.New("client-secret"), GitHost: "git.example",
	}
}

// tokenServer starts a server that does nothing but answer at the token endpoint, for answers that no forge gives. Whether
// it is there at all is asked for without the answer.
func tokenServer(t testing.TB, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/access_token") {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL)
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// A visit is a sign-in as the person sees it.
type visit struct {
	address string // that the browser was given
	told    string // in the terminal
	page    string // that the browser ends up at
}

// signInAs signs in, with a person at the browser.
func signInAs(t *testing.T, client *Client, person testforge.Browser) (*oauth2.Token, string, visit, error) {
	t.Helper()
	return signInBy(t, client, func(address string) string {
		page, err := person.Visit(address)
		if err != nil {
			t.Error(err)
		}
		return page
	})
}

// signInBy signs in, with open for a browser: it opens an address and returns the page it ends up at.
func signInBy(t *testing.T, client *Client, open func(address string) string) (*oauth2.Token, string, visit, error) {
	t.Helper()
	var visited visit
	page := make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ui := UI{Timeout: time.Minute, Tell: func(message string) { visited.told += message + "\n" }}
	ui.Browse = func(address string) error {
		visited.address = address
		go func() {
			page <- open(address)
			cancel() // Where no answer has come by now, none will.
		}()
		return nil
	}
	token, account, err := client.SignIn(ctx, ui, "")
	if visited.address != "" {
		visited.page = <-page
	}
	return token, account, visited, err
}

// answering returns a browser for which the server answers at once, with the given parameters and the right state.
func answering(t *testing.T, answer url.Values) func(address string) string {
	return func(address string) string {
		asked := query(t, address)
		answer.Set("state", asked.Get("state"))
		_, body := get(t, asked.Get("redirect_uri")+"?"+answer.Encode())
		return body
	}
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// wantStats checks what the forge has counted.
func wantStats(t *testing.T, forge *testforge.Forge, want map[string]int) {
	t.Helper()
	stats := forge.Stats()
	for name, n := range want {
		if stats[name] != n {
			t.Errorf("%s: %d times, want %d", name, stats[name], n)
		}
	}
}

// sentinels are the errors on which a caller decides.
var sentinels = []error{ErrGrantEnded, ErrClientRefused, ErrDenied, ErrTimeout, ErrCancelled, ErrScope, ErrGrantRefused, ErrInTheWay}

// wantText checks that a text has what it should, and nothing that a terminal or a log must not get.
func wantText(t testing.TB, text string, parts []string, secrets ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%.80q... holds the secret %.20q", text, secret)
		}
	}
	if printable.Line(text) != text {
		t.Errorf("%q has control characters", text)
	}
	if len(text) > 1000 {
		t.Errorf("%d bytes: %.80q...", len(text), text)
	}
}
