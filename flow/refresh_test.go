package flow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/flow/flowtest"
)

// signedIn starts a forge at which alice has signed in, and returns her token.
func signedIn(t *testing.T, options flowtest.Options) (*flowtest.Forge, *Client, *oauth2.Token) {
	t.Helper()
	forge, client := startForge(t, options)
	token, _, _, err := signIn(t, client, flowtest.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	return forge, client, token
}

// TestRefresh: the answer's refresh token is the one to go on with, whether the server sent a new one, the same or none.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for mode, rotates := range map[string]bool{"rotate": true, "constant": false, "absent": false} {
		forge, client, token := signedIn(t, flowtest.Options{Settings: flowtest.Settings{Refresh: mode}})
		for range 2 {
			next, err := client.Refresh(t.Context(), token.RefreshToken)
			if err != nil {
				t.Fatal(mode, err)
			}
			if next.AccessToken == token.AccessToken || time.Until(next.Expiry) < time.Hour {
				t.Errorf("%s: not a new access token", mode)
			}
			if (next.RefreshToken != token.RefreshToken) != rotates || next.RefreshToken == "" {
				t.Errorf("%s: went on from %.10q... with %.10q...", mode, token.RefreshToken, next.RefreshToken)
			}
			token = next
		}
		if account, err := client.Account(t.Context(), token); account != "alice" || err != nil {
			t.Errorf("%s: the token is that of %q, %v", mode, account, err)
		}
		wantStats(t, forge, map[string]int{"refresh_ok": 2, "refresh_refused": 0})
	}
}

// TestRotatedAway: a refresh token that another process has used ends the sign-in.
func TestRotatedAway(t *testing.T) {
	t.Parallel()
	forge, client, token := signedIn(t, flowtest.Options{})
	if _, err := client.Refresh(t.Context(), token.RefreshToken); err != nil {
		t.Fatal(err)
	}
	_, err := client.Refresh(t.Context(), token.RefreshToken)
	wantSentinel(t, "used again", err, ErrGrantEnded)
	wantStats(t, forge, map[string]int{"refresh_reuse": 1})
}

// TestRefreshFaults: a broken answer ends nothing; only the server's own word does. Whatever happens the refresh token
// is sent once, and the error can be shown and logged.
func TestRefreshFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want error
		says string
	}{
		"invalid_grant":       {ErrGrantEnded, "invalid_grant"},
		"unauthorized_client": {ErrGrantEnded, "unauthorized_client"},
		"invalid_client":      {ErrClientRefused, "invalid_client"},
		"expired_token":       {nil, "expired_token"},
		"slow_down":           {nil, "slow_down"},
		"401":                 {ErrClientRefused, "status 401"},
		"403":                 {nil, "status 403"},
		"429":                 {nil, "status 429"},
		"500":                 {nil, "status 500"},
		"content-type":        {nil, "makes no sense"},
		"empty":               {nil, "makes no sense"},
		"garbage":             {nil, "makes no sense"},
		"huge":                {nil, "makes no sense"},
		"no-access-token":     {nil, "makes no sense"},
		"newline":             {nil, "characters that no token has"},
		"escape":              {nil, "invalid_request"},
		"hang":                {nil, "did not answer"},
		"hang-up":             {nil, "could not reach"},
		"lost":                {nil, "could not reach"},
		"redirect":            {nil, "status 307"},
	}
	forge, client, token := signedIn(t, flowtest.Options{})
	wantAllKinds(t, forge, func(kind string) bool { _, ok := tests[kind]; return ok })
	for kind, test := range tests {
		if kind == "lost" {
			continue // It uses the refresh token up, so it comes last.
		}
		refreshWithFault(t, forge, client, token, kind, test.want, test.says)
	}
	next, err := client.Refresh(t.Context(), token.RefreshToken)
	if err != nil {
		t.Fatal("the refresh token was good all the time, and now:", err)
	}
	refreshWithFault(t, forge, client, next, "lost", nil, tests["lost"].says)
}

func refreshWithFault(t *testing.T, forge *flowtest.Forge, client *Client, token *oauth2.Token, kind string, want error, says string) {
	t.Helper()
	before := forge.Stats()
	if err := forge.SetFault(kind, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := t.Context(), context.CancelFunc(func() {})
	if kind == "hang" {
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
	}
	defer cancel()
	got, err := client.Refresh(ctx, token.RefreshToken)
	if got != nil {
		t.Errorf("%s: got a token", kind)
	}
	wantSentinel(t, kind, err, want)
	wantText(t, err.Error(), []string{strings.TrimPrefix(forge.URL, "http://"), says}, token.RefreshToken, token.AccessToken, client.Secret, "spoiled")
	wantStats(t, forge, map[string]int{"token": before["token"] + 1, "redirect_followed": 0})
}

// wantAllKinds checks that a table has every kind of fault. The forge names them when it is asked for another.
func wantAllKinds(t *testing.T, forge *flowtest.Forge, has func(kind string) bool) {
	t.Helper()
	_, kinds, found := strings.Cut(forge.SetFault("unheard-of", 1).Error(), "only none, ")
	if !found {
		t.Fatal("the forge does not name its faults")
	}
	for kind := range strings.SplitSeq(kinds, ", ") {
		if !has(kind) {
			t.Errorf("no test of the fault %s", kind)
		}
	}
}

// TestRefreshAnswers: answers that servers other than the forge give, or might.
func TestRefreshAnswers(t *testing.T) {
	t.Parallel()
	const refreshToken = "the+refresh/token="
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   error
		says   string
	}{
		// https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
		{"an error with status 200", 200, `{"error":"invalid_grant"}`, ErrGrantEnded, "invalid_grant"},
		{"an overloaded server does not decide", 503, `{"error":"invalid_grant"}`, nil, "status 503"},
		{"nor does one that wants less", 429, `{"error":"invalid_client"}`, nil, "status 429"},
		{"a code beats the status", 401, `{"error":"invalid_grant"}`, ErrGrantEnded, "invalid_grant"},
		{"another code with status 401", 401, `{"error":"invalid_request"}`, nil, "invalid_request"},
		{"scope is not the refresh's matter", 400, `{"error":"invalid_scope"}`, nil, "invalid_scope"},
		{"access_denied is no person's word here", 400, `{"error":"access_denied"}`, nil, "access_denied"},
		{"a code in another case", 400, `{"error":"Invalid_Grant"}`, nil, "Invalid_Grant"},
		{"long-winded", 400, `{"error":"invalid_request","error_description":"` + strings.Repeat("bla ", 10000) + `"}`, nil, "bla …"},
		{"repeats what it was sent", 400, `{"error":"invalid_grant","error_description":"no token ` + refreshToken + ` of client-secret"}`, ErrGrantEnded, "no token … of …"},
		{"unknown type of token", 200, `{"access_token":"spoiled","token_type":"mac"}`, nil, `unknown type "MAC"`},
		{"endless type of token", 200, `{"access_token":"spoiled","token_type":"` + strings.Repeat("m", 10000) + `"}`, nil, "unknown type"},
		{"a space in the token", 200, `{"access_token":"spoiled token","token_type":"bearer"}`, nil, "characters that no token has"},
		{"NUL in the token", 200, `{"access_token":"spoiled\u0000","token_type":"bearer"}`, nil, "characters that no token has"},
		{"letters beyond ASCII in the token", 200, `{"access_token":"spoiled-é","token_type":"bearer"}`, nil, "characters that no token has"},
		{"a list", 200, `["spoiled"]`, nil, "makes no sense"},
	} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
		_, err := client.Refresh(t.Context(), refreshToken)
		wantSentinel(t, test.name, err, test.want)
		wantText(t, err.Error(), []string{test.says}, refreshToken, client.Secret, "spoiled")
	}
}

// TestTokenTypes: the type is compared without regard to case, and a server that leaves it out means Bearer.
func TestTokenTypes(t *testing.T) {
	t.Parallel()
	for _, member := range []string{`,"token_type":"bearer"`, `,"token_type":"Bearer"`, `,"token_type":"BEARER"`, ``} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusOK, `{"access_token":"the-token"`+member+`}`)
		})
		token, err := client.Refresh(t.Context(), "the-refresh-token")
		if err != nil || token.AccessToken != "the-token" || token.RefreshToken != "the-refresh-token" || !token.Expiry.IsZero() {
			t.Errorf("%s: %v, %v", member, token, err)
		}
	}
}

// TestOneRequest: a request that fails is not sent again with the secret in another place. The server might have used
// the refresh token up the first time.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	for style, want := range map[oauth2.AuthStyle]struct {
		header bool
		form   url.Values
	}{
		oauth2.AuthStyleInHeader: {true, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"RT"}}},
		oauth2.AuthStyleInParams: {false, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"RT"}, "client_id": {"client-id"}, "client_secret": {"client-secret"}}},
	} {
		requests := 0
		client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
			requests++
			r.ParseForm()
			if got := r.PostForm.Encode(); got != want.form.Encode() {
				t.Errorf("style %d: the body is %s", style, got)
			}
			if _, _, ok := r.BasicAuth(); ok != want.header {
				t.Errorf("style %d: authorization %q", style, r.Header.Get("Authorization"))
			}
			if r.URL.RawQuery != "" {
				t.Errorf("style %d: query %q", style, r.URL.RawQuery)
			}
			answerJSON(w, http.StatusUnauthorized, `{"error":"invalid_client"}`)
		})
		client.Profile.AuthStyle = style
		if _, err := client.Refresh(t.Context(), "RT"); !errors.Is(err, ErrClientRefused) {
			t.Errorf("style %d: %v", style, err)
		}
		if requests != 1 {
			t.Errorf("style %d: %d requests", style, requests)
		}
	}
}

// TestWrongSecret: the real server's word for it.
func TestWrongSecret(t *testing.T) {
	t.Parallel()
	forge, client, token := signedIn(t, flowtest.Options{})
	client.Secret = "a-wrong-secret"
	_, err := client.Refresh(t.Context(), token.RefreshToken)
	wantSentinel(t, "wrong secret", err, ErrClientRefused)
	wantText(t, err.Error(), nil, client.Secret)
	wantStats(t, forge, map[string]int{"token": 2, "refresh_refused": 1, "refresh_reuse": 0})
}

func TestServerIsGone(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://127.0.0.1:"+freePort(t))
	_, err := client.Refresh(t.Context(), "the-refresh-token")
	wantSentinel(t, "nobody listens", err, nil)
	wantText(t, err.Error(), []string{"could not reach 127.0.0.1:", "refused"}, "the-refresh-token", client.Secret)

	_, client, token := signedIn(t, flowtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = client.Refresh(ctx, token.RefreshToken); !errors.Is(err, context.Canceled) {
		t.Error("Ctrl-C looks like", err)
	}
}

// TestBigTokens: Bitbucket's tokens have thousands of bytes, and nobody promises an end.
func TestBigTokens(t *testing.T) {
	t.Parallel()
	for _, size := range []int{40, 6000, 50_000} {
		_, client, token := signedIn(t, flowtest.Options{Settings: flowtest.Settings{TokenBytes: size}})
		next, err := client.Refresh(t.Context(), token.RefreshToken)
		if err != nil || len(next.AccessToken) != size || len(next.RefreshToken) != size {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestScopes: Bitbucket is on its way from "scopes" to "scope"; a caller finds the second.
func TestScopes(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"scope", "scopes"} {
		_, client, token := signedIn(t, flowtest.Options{Settings: flowtest.Settings{ScopeField: field}})
		next, err := client.Refresh(t.Context(), token.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if scopes := next.Extra("scope"); scopes != "repository repository:write account" {
			t.Errorf("%s: %v", field, scopes)
		}
	}
}
