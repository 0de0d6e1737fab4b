package testforge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"git-credential-grant/testforge"

	"golang.org/x/oauth2"
)

var allScopes = []string{"repository", "repository:write", "account"}

// start runs a forge with one repository, acme/app.
func start(t *testing.T, options testforge.Options) *testforge.Forge {
	t.Helper()
	forge, err := testforge.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := forge.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := forge.CreateRepo("acme/app"); err != nil {
		t.Fatal(err)
	}
	return forge
}

func client(forge *testforge.Forge, scopes ...string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     forge.ClientID,
		ClientSecret: forge.ClientSecret,
		Scopes:       scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL:   forge.URL + "/site/oauth2/authorize",
			TokenURL:  forge.URL + "/site/oauth2/access_token",
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}

// authorize sends a person through the authorize page and returns what came to
// the loopback page.
func authorize(t *testing.T, config *oauth2.Config, browser testforge.Browser, opts ...oauth2.AuthCodeOption) url.Values {
	t.Helper()
	var query url.Values
	loopback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		w.Write([]byte("back at the client"))
	}))
	defer loopback.Close()
	config.RedirectURL = loopback.URL
	page, err := browser.Visit(config.AuthCodeURL("the state", opts...))
	if err != nil {
		t.Fatal(err)
	}
	if page != "back at the client" {
		t.Fatalf("the browser ended at %q", page)
	}
	return query
}

// signIn is a whole sign-in, with PKCE.
func signIn(t *testing.T, config *oauth2.Config, browser testforge.Browser) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	query := authorize(t, config, browser, oauth2.S256ChallengeOption(verifier))
	token, err := config.Exchange(t.Context(), query.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// refresh asks for the next token with nothing but a refresh token.
func refresh(ctx context.Context, config *oauth2.Config, refreshToken string) (*oauth2.Token, error) {
	return config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
}

func wantStats(t *testing.T, forge *testforge.Forge, want map[string]int) {
	t.Helper()
	stats := forge.Stats()
	for name, n := range want {
		if got, ok := stats[name]; !ok || got != n {
			t.Errorf("%s: got %d, want %d", name, got, n)
		}
	}
}
