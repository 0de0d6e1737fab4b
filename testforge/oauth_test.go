package testforge_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"git-credential-grant/testforge"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func TestSignIn(t *testing.T) {
	forge := start(t, testforge.Options{})
	token := signIn(t, client(forge, allScopes...), testforge.Browser{As: "bob"})
	if token.RefreshToken == "" || len(token.AccessToken) != 2000 || len(token.RefreshToken) != 2000 {
		t.Errorf("access token of %d bytes, refresh token of %d", len(token.AccessToken), len(token.RefreshToken))
	}
	for name, want := range map[string]any{
		"token_type": "bearer",
		"expires_in": 7200.0,
		"scopes":     "repository repository:write account",
		"state":      "authorization_code",
		"id_token":   nil,
		"scope":      nil,
	} {
		if got := token.Extra(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if user := whoami(t, forge, token.AccessToken); user != "bob" {
		t.Errorf("signed in as %q", user)
	}
	wantStats(t, forge, map[string]int{"authorize": 1, "exchange_ok": 1, "token": 1, "user": 1})
}

func whoami(t *testing.T, forge *testforge.Forge, accessToken string) string {
	t.Helper()
	status, body := get(t, forge.URL+"/2.0/user", "Bearer "+accessToken)
	if status != http.StatusOK {
		return http.StatusText(status)
	}
	var user struct{ Username string }
	if err := json.Unmarshal([]byte(body), &user); err != nil {
		t.Fatal(err)
	}
	return user.Username
}

func get(t *testing.T, address, authorization string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestConsent(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, allScopes...)
	check := func(name string, browser testforge.Browser, wantError string) {
		t.Helper()
		query := authorize(t, config, browser)
		if query.Get("error") != wantError || query.Get("state") != "the state" || query.Has("code") == (wantError != "") {
			t.Errorf("%s: the client got %v", name, query)
		}
	}
	check("form", testforge.Browser{}, "")
	check("cancel", testforge.Browser{Cancel: true}, "access_denied")
	forge.SetConsent("auto:bob")
	check("auto", testforge.Browser{Cancel: true}, "")
	forge.SetConsent("deny")
	check("deny", testforge.Browser{}, "access_denied")
}

func TestFormNeedsCookie(t *testing.T) {
	forge := start(t, testforge.Options{})
	resp, err := http.PostForm(forge.URL+"/site/oauth2/consent", url.Values{"decision": {"grant"}, "user": {"alice"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Error("without a cookie:", resp.Status)
	}
}

func TestRedirectURI(t *testing.T) {
	for _, test := range []struct {
		callback, redirectURI string
		ok                    bool
	}{
		{"", "http://127.0.0.1:5000", true},
		{"", "http://127.0.0.1", true},
		{"", "http://127.0.0.1:5000/", false},
		{"", "http://127.0.0.1:5000/elsewhere", false},
		{"", "http://127.0.0.1:5000?x=1", false},
		{"", "http://localhost:5000", false},
		{"", "http://127.0.0.1.evil.example", false},
		{"", "https://127.0.0.1:5000", false},
		{"", "", false},
		{"http://localhost:3000/authenticated", "http://localhost:3000/authenticated", true},
		{"http://localhost:3000/authenticated", "http://localhost:3001/authenticated", false},
		{"http://localhost:3000/authenticated", "http://localhost:3000", false},
	} {
		forge := start(t, testforge.Options{Callback: test.callback})
		config := client(forge, "repository")
		config.RedirectURL = test.redirectURI
		status, page := get(t, config.AuthCodeURL("s"), "")
		if test.ok != (status == http.StatusOK) {
			t.Errorf("%q where %q is registered: status %d", test.redirectURI, test.callback, status)
		}
		if !test.ok && !strings.Contains(page, "<h1>Invalid redirect_uri</h1>") {
			t.Errorf("%q: page %q", test.redirectURI, page)
		}
	}
}

func TestUnknownScope(t *testing.T) {
	forge := start(t, testforge.Options{})
	query := authorize(t, client(forge, "repository", "everything"), testforge.Browser{})
	if query.Get("error") != "invalid_scope" || query.Get("state") != "the state" {
		t.Errorf("the client got %v", query)
	}
}

func TestPKCE(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	exchange := func(opts ...oauth2.AuthCodeOption) error {
		code := authorize(t, config, testforge.Browser{}, oauth2.S256ChallengeOption(oauth2.GenerateVerifier())).Get("code")
		_, err := config.Exchange(t.Context(), code, opts...)
		return err
	}
	wrong := oauth2.VerifierOption(oauth2.GenerateVerifier())
	wantCode(t, exchange(wrong), "invalid_grant")
	wantCode(t, exchange(), "invalid_request")
	forge.Update(func(s *testforge.Settings) { s.IgnorePKCE = true })
	wantCode(t, exchange(wrong), "")
	wantCode(t, exchange(), "")
	wantStats(t, forge, map[string]int{"exchange_ok": 2, "exchange_refused": 2})
}

// wantCode checks the code of an OAuth2 error; "" stands for success.
func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	var refused *oauth2.RetrieveError
	switch {
	case want == "" && err == nil:
	case errors.As(err, &refused) && want != "" && refused.ErrorCode == want:
	default:
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestCodeTwice(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, allScopes...)
	code := authorize(t, config, testforge.Browser{}).Get("code")
	token, err := config.Exchange(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	_, err = config.Exchange(t.Context(), code)
	wantCode(t, err, "invalid_grant")
	_, err = refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "invalid_request")
	if user := whoami(t, forge, token.AccessToken); user != "Unauthorized" {
		t.Errorf("a code used twice leaves %q signed in", user)
	}
}

func TestClientAuthentication(t *testing.T) {
	const secret = "100% secret: ä+b/c"
	forge := start(t, testforge.Options{ClientSecret: secret})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})
	for name, spoil := range map[string]func(*oauth2.Config){
		"secret":    func(c *oauth2.Config) { c.ClientSecret = "wrong" },
		"no secret": func(c *oauth2.Config) { c.ClientSecret = "" },
		"id":        func(c *oauth2.Config) { c.ClientID = "wrong" },
	} {
		bad := *config
		spoil(&bad)
		_, err := refresh(t.Context(), &bad, token.RefreshToken)
		wantCode(t, err, "unauthorized_client")
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response.StatusCode != http.StatusBadRequest {
			t.Errorf("wrong %s: status %d", name, refused.Response.StatusCode)
		}
	}
	_, err := refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "")
}

func TestUnsupportedGrant(t *testing.T) {
	forge := start(t, testforge.Options{})
	resp, err := http.PostForm(forge.URL+"/site/oauth2/access_token", url.Values{"grant_type": {"password"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 400 || !strings.Contains(string(body), `"Unsupported grant type: password"`) {
		t.Errorf("%s: %s", resp.Status, body)
	}
}

func TestRotation(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, allScopes...)
	first := signIn(t, config, testforge.Browser{})
	second, err := refresh(t.Context(), config, first.RefreshToken)
	wantCode(t, err, "")
	third, err := refresh(t.Context(), config, second.RefreshToken)
	wantCode(t, err, "")
	if third.RefreshToken == second.RefreshToken || third.AccessToken == second.AccessToken {
		t.Error("nothing rotated")
	}
	if state := third.Extra("state"); state != "refresh_token" {
		t.Errorf("state %q", state)
	}
	if scopes := third.Extra("scopes"); scopes != "repository repository:write account" {
		t.Errorf("scopes %q", scopes)
	}
	for _, token := range []*oauth2.Token{first, second, third} {
		if user := whoami(t, forge, token.AccessToken); user != "alice" {
			t.Error("a refresh ended the life of an access token")
		}
	}
}

func TestReuseEndsTheSignIn(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, allScopes...)
	other := signIn(t, config, testforge.Browser{})
	first := signIn(t, config, testforge.Browser{})
	second, err := refresh(t.Context(), config, first.RefreshToken)
	wantCode(t, err, "")
	_, err = refresh(t.Context(), config, first.RefreshToken)
	wantCode(t, err, "invalid_request")
	_, err = refresh(t.Context(), config, second.RefreshToken)
	wantCode(t, err, "invalid_request")
	for _, token := range []*oauth2.Token{first, second} {
		if user := whoami(t, forge, token.AccessToken); user != "Unauthorized" {
			t.Error("an access token of the sign-in lives on")
		}
	}
	if user := whoami(t, forge, other.AccessToken); user != "alice" {
		t.Error("another sign-in ended too")
	}
	wantStats(t, forge, map[string]int{"refresh_ok": 1, "refresh_refused": 2, "refresh_reuse": 1})
}

func TestReuseRace(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{TokenDelay: 20 * time.Millisecond}})
	config := client(forge, allScopes...)
	token := signIn(t, config, testforge.Browser{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { refresh(t.Context(), config, token.RefreshToken) })
	}
	all.Wait()
	wantStats(t, forge, map[string]int{"refresh_ok": 1, "refresh_refused": 7})
}

func TestGrace(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{Grace: time.Minute}})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})
	for range 3 {
		_, err := refresh(t.Context(), config, token.RefreshToken)
		wantCode(t, err, "")
	}
	forge.Update(func(s *testforge.Settings) { s.Grace = 0 })
	_, err := refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "invalid_request")
}

func TestRefreshModes(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})
	for _, mode := range []string{"constant", "absent"} {
		forge.Update(func(s *testforge.Settings) { s.Refresh = mode })
		for range 2 {
			next, err := refresh(t.Context(), config, token.RefreshToken)
			wantCode(t, err, "")
			if got := next.Extra("refresh_token"); got != map[string]any{"constant": token.RefreshToken, "absent": nil}[mode] {
				t.Errorf("%s: refresh token %q", mode, got)
			}
		}
	}
	forge.Update(func(s *testforge.Settings) { s.Refresh = "none" })
	if token := signIn(t, config, testforge.Browser{}); token.RefreshToken != "" {
		t.Error("none: got a refresh token")
	}
}

func TestExpiryAndRevocation(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{Lifetime: time.Minute, ScopeField: "scope"}})
	config := client(forge, "account")
	for name, end := range map[string]func(){"expire": forge.Expire, "revoke": forge.RevokeAccess} {
		token := signIn(t, config, testforge.Browser{})
		if token.ExpiresIn != 60 || token.Extra("scope") != "account" {
			t.Errorf("expires in %d, scope %v", token.ExpiresIn, token.Extra("scope"))
		}
		end()
		if user := whoami(t, forge, token.AccessToken); user != "Unauthorized" {
			t.Errorf("%s: still %s", name, user)
		}
		next, err := refresh(t.Context(), config, token.RefreshToken)
		wantCode(t, err, "")
		if user := whoami(t, forge, next.AccessToken); user != "alice" {
			t.Errorf("%s: after refresh %s", name, user)
		}
	}
	token := signIn(t, config, testforge.Browser{})
	forge.RevokeGrants()
	_, err := refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "invalid_request")
	if user := whoami(t, forge, token.AccessToken); user != "alice" {
		t.Errorf("revoke-grants: %s", user)
	}
}

func TestLifetimeRunsOut(t *testing.T) {
	forge := start(t, testforge.Options{Settings: testforge.Settings{Lifetime: 500 * time.Millisecond}})
	token := signIn(t, client(forge, "account"), testforge.Browser{})
	if user := whoami(t, forge, token.AccessToken); user != "alice" {
		t.Errorf("at first: %s", user)
	}
	for end := time.Now().Add(time.Minute); whoami(t, forge, token.AccessToken) != "Unauthorized"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is good for more than a minute")
		}
	}
}

func TestRevokeEndpoint(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "account")
	token := signIn(t, config, testforge.Browser{})
	next, err := refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "")
	revoke(t, forge, token.AccessToken, http.StatusOK)
	if user := whoami(t, forge, token.AccessToken); user != "Unauthorized" {
		t.Errorf("access token: %s", user)
	}
	if user := whoami(t, forge, next.AccessToken); user != "alice" {
		t.Errorf("the other access token: %s", user)
	}
	revoke(t, forge, next.RefreshToken, http.StatusOK)
	if user := whoami(t, forge, next.AccessToken); user != "Unauthorized" {
		t.Errorf("refresh token: %s", user)
	}
	revoke(t, forge, "never issued", http.StatusOK)
	forge.ClientSecret = "wrong"
	revoke(t, forge, next.RefreshToken, http.StatusUnauthorized)
	wantStats(t, forge, map[string]int{"revoke": 4})
}

func revoke(t *testing.T, forge *testforge.Forge, token string, want int) {
	t.Helper()
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	req := httptest.NewRequestWithContext(t.Context(), "POST", forge.URL+"/site/oauth2/revoke", body)
	req.RequestURI = ""
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(forge.ClientID, forge.ClientSecret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("revocation: status %d, want %d", resp.StatusCode, want)
	}
}

func TestUserNeedsScope(t *testing.T) {
	forge := start(t, testforge.Options{})
	token := signIn(t, client(forge, "repository"), testforge.Browser{})
	if user := whoami(t, forge, token.AccessToken); user != "Forbidden" {
		t.Errorf("got %s", user)
	}
}

func TestClientCredentials(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := clientcredentials.Config{
		ClientID:     forge.ClientID,
		ClientSecret: forge.ClientSecret,
		TokenURL:     forge.URL + "/site/oauth2/access_token",
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	token, err := config.Token(t.Context())
	wantCode(t, err, "")
	if token.RefreshToken != "" || token.Extra("scopes") != "repository repository:write account" || token.Extra("state") != "client_credentials" {
		t.Errorf("refresh token %q, scopes %v, state %v", token.RefreshToken, token.Extra("scopes"), token.Extra("state"))
	}
	if user := whoami(t, forge, token.AccessToken); user != "app_user" {
		t.Errorf("the client acts as %s", user)
	}
	config.Scopes = []string{"everything"}
	_, err = config.Token(t.Context())
	wantCode(t, err, "invalid_scope")
	config.ClientSecret = "wrong"
	_, err = config.Token(t.Context())
	wantCode(t, err, "unauthorized_client")
	wantStats(t, forge, map[string]int{"credentials_ok": 1, "credentials_refused": 2})

	forge.Update(func(s *testforge.Settings) { s.Consumer = "public" })
	if _, err = config.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "Cannot use client_credentials") {
		t.Errorf("a public consumer got %v", err)
	}
}

// TestAnswers: a token answer comes in every form that real servers give it.
func TestAnswers(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{}).RefreshToken
	for _, test := range []struct{ setting, value, contentType, body string }{
		{"answer", "text", "text/plain; charset=utf-8", `{"access_token":"`},
		{"answer", "form", "application/x-www-form-urlencoded", "access_token="},
		{"answer", "bom", "application/json", "\ufeff{"},
		{"answer", "error-false", "application/json", `"error":false`},
		{"answer", "json", "application/json", `"expires_in":7200`},
		{"expires-in", `"3600.0"`, "application/json", `"expires_in":"3600.0"`},
		{"expires-in", "null", "application/json", `"expires_in":null`},
	} {
		forge.Update(func(s *testforge.Settings) { s.Refresh = "constant" })
		if _, err := forge.Control(test.setting, test.value); err != nil {
			t.Fatal(err)
		}
		answer, body, err := ask(t.Context(), forge, token)
		if err != nil || answer.Header.Get("Content-Type") != test.contentType || !strings.Contains(body, test.body) {
			t.Errorf("%s %s: %v, %s, %s", test.setting, test.value, err, answer.Header.Get("Content-Type"), body)
		}
	}
}
