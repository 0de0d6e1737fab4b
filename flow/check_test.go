package flow

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/internal/need"
	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// TestCheckSecret tells a right client from a wrong one, and obtains nothing by it.
func TestCheckSecret(t *testing.T) {
	t.Parallel()
	forge, client := startForge(t, testforge.Options{})
	if err := client.CheckSecret(t.Context()); err != nil {
		t.Error("a right client:", err)
	}
	client.Secret = secret.New("wrong-secret")
	if err := client.CheckSecret(t.Context()); !errors.Is(err, ErrClientRefused) || strings.Contains(err.Error(), "wrong-secret") {
		t.Error("a wrong secret:", err)
	}
	client.ID = "wrong-id"
	if err := client.CheckSecret(t.Context()); !errors.Is(err, ErrClientRefused) {
		t.Error("a wrong id:", err)
	}
	wantStats(t, forge, map[string]int{"refresh_ok": 0, "refresh_reuse": 0, "refresh_refused": 3})
}

// TestCheckSecretWords: what each server says to a right client and to a wrong one. Where it does not tell, nobody is told
// that the client is wrong, or that it is right.
func TestCheckSecretWords(t *testing.T) {
	t.Parallel()
	right, wrong, undecided := "right", "wrong", "undecided"
	for _, test := range []struct {
		profile string
		status  int
		body    string
		want    string
	}{
		{"oidc", 400, `{"error":"invalid_grant"}`, right},
		{"oidc", 400, `{"error":"INVALID_GRANT"}`, right},
		{"oidc", 200, `{"access_token":"for anybody"}`, right},
		{"oidc", 401, `{"error":"invalid_client"}`, wrong},
		{"oidc", 400, `{"error":"Invalid_Client"}`, wrong},
		{"oidc", 401, `{"error":"unauthorized_client"}`, wrong}, // Keycloak
		{"oidc", 400, `{"error":"unauthorized_client"}`, undecided},
		{"oidc", 400, `{"error":"invalid_request"}`, undecided}, // dex and lemonldap-ng
		{"oidc", 400, ``, undecided},                            // glewlwyd
		{"oidc", 401, ``, undecided},
		{"oidc", 403, `<h1>Sign in to our network</h1>`, undecided},
		{"oidc", 500, `{"error":"invalid_client"}`, undecided},
		{"oidc", 429, `{"error":"invalid_grant"}`, undecided},
		{"oidc", 200, "nonsense", undecided},
		{"bitbucket", 400, `{"error_description": "Invalid refresh_token", "error": "invalid_request"}`, right},
		{"bitbucket", 400, `{"error_description": "No callback uri defined for the OAuth client.", "error": "invalid_request"}`, undecided},
		{"bitbucket", 400, `{"error_description": "Invalid OAuth client credentials", "error": "unauthorized_client"}`, wrong},
		{"gitea", 400, `{"error":"unauthorized_client","error_description":"unable to parse refresh token"}`, right},
		{"forgejo", 400, `{"error":"unauthorized_client","error_description":"unable to parse refresh token"}`, right},
		{"gitea", 400, `{"error":"invalid_client","error_description":"invalid client secret"}`, wrong},
		{"github", 200, `{"error":"bad_refresh_token"}`, right},
		{"github", 200, `{"error":"incorrect_client_credentials"}`, wrong},
	} {
		client := replay(t, recording{Profile: test.profile, Status: test.status, Body: test.body})
		err := client.CheckSecret(t.Context())
		got := undecided
		switch {
		case err == nil:
			got = right
		case errors.Is(err, ErrClientRefused):
			got = wrong
		case errors.Is(err, ErrGrantEnded):
			t.Errorf("%s: nothing has ended: %v", test.body, err)
		}
		if got != test.want {
			t.Errorf("%s: %d %s is %s, want %s: %v", test.profile, test.status, test.body, got, test.want, err)
		}
	}
}

// TestHeaderEncoding: where the server may not have decoded the header, the error says so, and only there.
func TestHeaderEncoding(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id, secret string
		style      oauth2.AuthStyle
		want       bool
	}{
		{"client-id", "s3cr3t_~.", oauth2.AuthStyleInHeader, false},
		{"client-id", "s3cr3t/", oauth2.AuthStyleInHeader, true},
		{"client id", "s3cr3t", oauth2.AuthStyleInHeader, true},
		{"client id", "s3cr3t/", oauth2.AuthStyleInParams, false},
		{"client:id", "", oauth2.AuthStyleInHeader, false},
	} {
		client := replay(t, recording{Profile: "oidc", Status: 401, Body: `{"error":"invalid_client"}`})
		client.ID, client.Secret, client.Profile.AuthStyle = test.id, secret.New(test.secret), test.style
		_, refreshed := client.Refresh(t.Context(), presentToken)
		for _, err := range []error{refreshed, client.CheckSecret(t.Context())} {
			if !errors.Is(err, ErrClientRefused) || errors.Is(err, ErrHeaderEncoded) != test.want {
				t.Errorf("%+v: %v", test, err)
			}
		}
	}
}

// TestCheckCredentials: RFC 6749, appendix A.1 and A.2.
func TestCheckCredentials(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"": true, "abc": true, " two words ": true, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~": true,
		"a\tb": false, "a\n": false, "a\x00": false, "\x7f": false, "ü": false, "a\u00a0b": false, "a\u200bb": false, "\xff": false,
	} {
		if err := CheckCredentials(text, secret.String{}); (err == nil) != good {
			t.Errorf("id %q: %v", text, err)
		}
		if err := CheckCredentials("id", secret.New(text)); (err == nil) != good || err != nil && len(text) > 2 && strings.Contains(err.Error(), text) {
			t.Errorf("secret %q: %v", text, err)
		}
	}
}

// TestReach: nearly any answer of the server will do, and its clock is what the answer says.
func TestReach(t *testing.T) {
	t.Parallel()
	const date = "Mon, 02 Jan 2006 15:04:05 GMT"
	status := http.StatusFound
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		// GitHub says 404 to a request without a client, and others know no HEAD.
		if r.Method != http.MethodGet || r.URL.Path != "/site/oauth2/authorize" || r.URL.Query().Get("client_id") == "" {
			t.Errorf("asked for %s %s", r.Method, r.URL)
		}
		w.Header().Set("Date", date)
		w.WriteHeader(status)
	})
	clock, err := client.Reach(t.Context())
	if err != nil || clock.Format(http.TimeFormat) != date {
		t.Errorf("got %v, %v", clock, err)
	}
	status = http.StatusBadRequest
	if clock, err := client.Reach(t.Context()); !errors.Is(err, ErrPageRefuses) || clock.IsZero() {
		t.Errorf("a page that refuses gives %v, %v", clock, err)
	}
	status = http.StatusNotFound
	if _, err := client.Reach(t.Context()); !errors.Is(err, ErrNoPage) {
		t.Errorf("no page gives %v", err)
	}
	status = http.StatusBadGateway
	if _, err := client.Reach(t.Context()); err == nil || errors.Is(err, ErrNoPage) || !strings.Contains(err.Error(), "status 502") {
		t.Errorf("a broken server gives %v", err)
	}
	if _, err := newClient(t, "http://127.0.0.1:1").Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "could not reach 127.0.0.1:1") {
		t.Errorf("no server gives %v", err)
	}
}

// TestReachable: what is wrong on the way to the token endpoint is said before the browser opens; a server that answers
// anything, or does not know what to say, is there.
func TestReachable(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	plain := func(answer http.HandlerFunc) string {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		return server.URL
	}
	proxy := testforge.NewProxy()
	t.Cleanup(proxy.Close)
	tests := []struct {
		name, server string
		config       string // of http.<URL>, beside the server's certificate
		want         error
		says         string // "" if the browser opens
	}{
		{"a certificate that is trusted", server.URL, "", nil, ""},
		{"one that is not", server.URL, "sslCAInfo =", ErrCertificate, "could not reach"},
		{"another key", server.URL, "pinnedPubkey = sha256//", gitconfig.ErrPinned, "could not reach"},
		{"a key that cannot be read", server.URL, "sslCert = /nowhere", gitconfig.ErrClientKey, "http.sslCert"},
		{"a proxy", server.URL, "proxy = http://alice:open%20sesame@" + proxy.Addr, nil, ""},
		{"a proxy that refuses", server.URL, "proxy = http://alice:hunter2@" + proxy.Addr, gitconfig.ErrProxyRefused, "refuses the user name"},
		{"a proxy without a name", server.URL, "proxy = " + proxy.Addr, gitconfig.ErrProxyPassword, "wants a user name"},
		{"no proxy there", server.URL, "proxy = http://alice:hunter2@127.0.0.1:1", nil, "connection refused"},
		{"a path for a proxy", server.URL, "proxy = http://alice:hunter2@127.0.0.1:1/path", nil, "has a path"},
		{"a proxy for another server", plain(http.NotFound), "proxy = http://alice:hunter2@" + proxy.Addr, gitconfig.ErrProxyRefused, "refuses the user name"},
		{"no server there", "https://127.0.0.1:1", "", nil, "connection refused"},
		{"a server that is down", plain(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), "", nil, ""},
		{"one that hangs up", plain(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "", nil, ""},
		{"one that says nothing", plain(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), "", nil, ""},
	}
	config := fmt.Sprintf("[http]\nsslCAInfo = %q\n", certificateFile(t, server))
	for i, test := range tests { // Each has a path of its own, and settings for that.
		config += fmt.Sprintf("[http \"%s/%d\"]\n%s\n", test.server, i, test.config)
	}
	transport := gitTransport(t, config)
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, "https://git.example")
			client.Profile.TokenURL, client.Transport = fmt.Sprintf("%s/%d/token", test.server, i), transport
			var traced strings.Builder
			client.Trace = func(format string, args ...any) { fmt.Fprintf(&traced, format+"\n", args...) }
			ctx, cancel := context.WithCancel(t.Context())
			opened := false
			browse := func(string) error { opened = true; cancel(); return nil }
			_, _, err := client.SignIn(ctx, UI{Browse: browse, Timeout: time.Minute}, "")
			if opened != (test.says == "") || !opened && !strings.Contains(err.Error(), test.says) ||
				test.want != nil && !errors.Is(err, test.want) || errors.Is(err, ErrNotAsked) == opened {
				t.Errorf("opened: %v, %v", opened, err)
			}
			if told := fmt.Sprint(err, traced.String()); strings.Contains(told, "hunter2") {
				t.Error(told)
			}
		})
	}
}

// gitTransport returns a transport that sends requests as git would by a config and nothing else.
func gitTransport(t *testing.T, config string) http.RoundTripper {
	t.Helper()
	need.GitConfig(t, config)
	return gitconfig.Git{Outside: true}.Transport("", func(string) bool { return false })
}

// certificateFile makes a file of a server's certificate.
func certificateFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReachableTakesNoTime: Ctrl-C and the end of the time count there too.
func TestReachableTakesNoTime(t *testing.T) {
	t.Parallel()
	client := newClient(t, "https://git.example")
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	client.Profile.TokenURL = silent.URL
	if _, _, err := client.SignIn(t.Context(), UI{Timeout: time.Millisecond}, ""); !errors.Is(err, ErrTimeout) || errors.Is(err, ErrNotAsked) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := client.SignIn(ctx, UI{Timeout: time.Minute}, ""); !errors.Is(err, ErrCancelled) {
		t.Error(err)
	}
}

// TestRetry: what uses nothing up is asked for twice when the connection breaks. A refresh token is sent once.
func TestRetry(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, `{"preferred_username":"alice"}`)
	}))
	t.Cleanup(server.Close)
	profile := Generic
	profile.TokenURL, profile.UserInfoURL = server.URL, server.URL
	client := &Client{Profile: profile}
	if account, err := client.Account(t.Context(), &oauth2.Token{AccessToken: "a"}); account != "alice" || err != nil {
		t.Errorf("user info: %q %v", account, err)
	}
	asked.Store(0)
	if _, err := client.Refresh(t.Context(), "present"); err == nil || asked.Load() != 1 {
		t.Errorf("refresh: asked %d times, %v", asked.Load(), err)
	}
	asked.Store(0)
	if _, err := client.exchange(t.Context(), "code", "http://127.0.0.1:1", "verifier"); err == nil || asked.Load() != 1 {
		t.Errorf("exchange: asked %d times, %v", asked.Load(), err)
	}
}
