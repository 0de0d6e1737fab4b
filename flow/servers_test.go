package flow

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"git-credential-grant/internal/need"
	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// The servers in this file are others' software, and what is known of them is their issuer, a client, and how a person
// signs in.

// TestZitadel signs in at the example server of zitadel/oidc, which does not name the user name unless asked to.
func TestZitadel(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]struct {
		registered *storage.Client
		id, secret string
	}{
		"public":       {storage.NativeClient("native", "http://127.0.0.1"), "native", ""},
		"confidential": {storage.WebClient("web", "s3cret +/=", "http://127.0.0.1:34197/callback"), "web", "s3cret +/="},
	} {
		t.Run(name, func(t *testing.T) {
			var handler http.Handler
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
			t.Cleanup(server.Close)
			users := storage.NewUserStore(server.URL)
			clients := map[string]*storage.Client{client.id: client.registered}
			handler = exampleop.SetupServer(server.URL, storage.NewStorageWithClients(users, clients), slog.New(slog.DiscardHandler), false)
			s := service{issuer: server.URL, id: client.id, secret: client.secret}
			s.fields = url.Values{"username": {"test-user2"}, "password": {"verysecure"}}
			if client.secret != "" {
				s.redirect = client.registered.RedirectURIs()[0]
			}
			s.scopes = "openid profile"
			s.account = "test-user2"
			s.try(t)
		})
	}
}

// TestOIDCProvider signs in at oidc-provider for node (https://github.com/panva/node-oidc-provider), which names itself
// in the response (RFC 9207), and ends the whole sign-in when a refresh token is used twice.
func TestOIDCProvider(t *testing.T) {
	t.Parallel()
	issuer := startOIDCProvider(t)
	for _, client := range []struct{ id, secret string }{{"public", ""}, {"confidential", "s3cret +/="}} {
		t.Run(client.id, func(t *testing.T) {
			s := service{issuer: issuer, id: client.id, secret: client.secret, namesIssuer: true, endsReused: true}
			s.fields = url.Values{"login": {"alice"}, "password": {"x"}}
			s.account = "alice"
			s.try(t)
		})
	}
}

// startOIDCProvider runs it by node, from the directory of packages that the environment names.
func startOIDCProvider(t *testing.T) (issuer string) {
	t.Helper()
	modules := os.Getenv("GIT_CREDENTIAL_GRANT_TEST_NODE_MODULES")
	if modules == "" {
		need.Skip(t, "GIT_CREDENTIAL_GRANT_TEST_NODE_MODULES does not say where npm has put oidc-provider")
	}
	need.Programs(t, "node")
	command := exec.Command("node", "testdata/oidc-provider.mjs", modules)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); command.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal("oidc-provider does not start: ", err)
	}
	return strings.TrimSpace(line)
}

// A service is a server, with a client that is registered there and a person who has an account.
type service struct {
	issuer, id, secret string
	redirect, scopes   string
	fields             url.Values // what the person types
	account            string
	namesIssuer        bool // RFC 9207
	endsReused         bool // a refresh token that is used twice ends the sign-in
}

// try signs in with nothing known but the issuer and the client, renews, and uses a refresh token twice.
func (s service) try(t *testing.T) {
	t.Helper()
	client := &Client{ID: s.id, Secret: secret.New(s.secret), GitHost: "git.example"}
	found, err := client.Discover(t.Context(), s.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if found.NamesIssuer != s.namesIssuer {
		t.Errorf("iss in the response: %v", found.NamesIssuer)
	}
	client.Profile = found.Apply(Generic)
	client.Profile.RedirectURL, client.Profile.Scopes = s.redirect, strings.Fields(s.scopes)
	client.Profile = found.AddScopes(client.Profile)
	if err := client.Check(); err != nil {
		t.Fatal(err)
	}
	page := make(chan string, 1)
	browse := func(address string) error {
		go func() {
			end, err := testforge.Person{Fields: s.fields}.Visit(address)
			if err != nil {
				t.Error(err)
			}
			page <- end
		}()
		return nil
	}
	first, account, err := client.SignIn(t.Context(), UI{Browse: browse, Timeout: 30 * time.Second}, "")
	if end := <-page; err != nil || !strings.Contains(end, "Signed in") {
		t.Fatalf("%v; the page says %s", err, end)
	}
	if account != s.account || first.RefreshToken == "" || first.Expiry.IsZero() {
		t.Errorf("signed in as %q; refresh token %d bytes, expiry %v", account, len(first.RefreshToken), first.Expiry)
	}
	second, err := client.Refresh(t.Context(), first.RefreshToken)
	if err != nil || second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
		t.Fatalf("the refresh: %v", err)
	}
	if account, err := client.Account(t.Context(), second); account != s.account || err != nil {
		t.Errorf("the new token is that of %q, %v", account, err)
	}
	if _, err := client.Refresh(t.Context(), first.RefreshToken); !errors.Is(err, ErrGrantEnded) {
		t.Errorf("the refresh token that was used before: %v", err)
	}
	if _, err := client.Refresh(t.Context(), second.RefreshToken); errors.Is(err, ErrGrantEnded) != s.endsReused {
		t.Errorf("after that the present one: %v", err)
	}
	if s.secret != "" {
		client.Secret = secret.New(fmt.Sprintf("%x", sha256.Sum256([]byte(s.secret))))
		if _, err := client.Refresh(t.Context(), second.RefreshToken); !errors.Is(err, ErrClientRefused) {
			t.Errorf("a wrong secret: %v", err)
		}
	}
}
