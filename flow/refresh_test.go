package flow

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// signedIn starts a forge at which alice has signed in, and returns her token.
func signedIn(t *testing.T, options testforge.Options) (*testforge.Forge, *Client, *oauth2.Token) {
	t.Helper()
	forge, client := startForge(t, options)
	token, _, _, err := signInAs(t, client, testforge.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	return forge, client, token
}

// TestRefresh: the answer's refresh token is the one to go on with, whether the server sent a new one, the same or none.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for mode, rotates := range map[string]bool{"rotate": true, "constant": false, "absent": false} {
		forge, client, token := signedIn(t, testforge.Options{Settings: testforge.Settings{Refresh: mode}})
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
	forge, client, token := signedIn(t, testforge.Options{})
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
		"unauthorized_client": {ErrClientRefused, "unauthorized_client"},
		"invalid_client":      {ErrClientRefused, "invalid_client"},
		"expired_token":       {ErrGrantEnded, "expired_token"},
		"slow_down":           {nil, "slow_down"},
		"401":                 {ErrGrantEnded, "status 401"},
		"403":                 {ErrInTheWay, "status 403"},
		"429":                 {nil, "status 429"},
		"500":                 {nil, "status 500"},
		"empty":               {nil, "makes no sense"},
		"garbage":             {nil, "makes no sense"},
		"huge":                {nil, "makes no sense"},
		"no-access-token":     {nil, "makes no sense"},
		"newline":             {nil, "characters that no token has"},
		"escape":              {ErrGrantEnded, "invalid_request"},
		"hang":                {nil, "did not answer"},
		"hang-up":             {nil, "could not reach"},
		"lost":                {nil, "could not reach"},
		"redirect":            {ErrInTheWay, "status 307"},
	}
	forge, client, token := signedIn(t, testforge.Options{})
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

func refreshWithFault(t *testing.T, forge *testforge.Forge, client *Client, token *oauth2.Token, kind string, want error, says string) {
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
	wantText(t, err.Error(), []string{strings.TrimPrefix(forge.URL, "http://"), says}, token.RefreshToken, token.AccessToken, client.Secret.Reveal(), "spoiled")
	wantStats(t, forge, map[string]int{"token": before["token"] + 1, "redirect_followed": 0})
}

// wantAllKinds checks that a table has every kind of fault. The forge names them when it is asked for another.
func wantAllKinds(t *testing.T, forge *testforge.Forge, has func(kind string) bool) {
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
		{"an error in a form", 200, `error=invalid_grant&error_description=it+is+over`, ErrGrantEnded, "invalid_grant it is over"},
		{"nothing", 400, ``, ErrGrantEnded, "status 400"},
		{"a word", 401, `Unauthorized`, ErrGrantEnded, "status 401"},
		{"a page", 400, `<h1>Bad Request</h1><a href="?x=1&error=invalid_client">`, ErrGrantEnded, "status 400"},
		{"a list", 400, `["invalid_client"]`, ErrGrantEnded, "status 400"},
		{"a code in an object", 400, `{"error":{"code":"invalid_client"}}`, ErrClientRefused, "invalid_client"},
		{"a code that is none", 400, `{"error":{"text":"over"}}`, ErrGrantEnded, "status 400"},
		// About the client, in words of their own: Keycloak, Entra, Google, Salesforce, Slack, Spring.
		{"a client's secret", 400, `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`, ErrClientRefused, ""},
		{"an application", 400, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found"}`, ErrClientRefused, ""},
		{"a deleted client", 401, `{"error":"deleted_client"}`, ErrClientRefused, ""},
		{"a client's id", 400, `{"error":"invalid_client_id"}`, ErrClientRefused, ""},
		{"a secret, with status 200", 200, `{"error":"bad_client_secret"}`, ErrClientRefused, ""},
		{"credentials", 401, `{"error":"unauthorized","error_description":"Bad credentials"}`, ErrClientRefused, ""},
		{"a token of another client", 400, `{"error":"invalid_request","error_description":"Refresh token is invalid or has already been claimed by another client."}`, ErrGrantEnded, ""},
		// Later, in words of their own.
		{"a rate", 400, `{"error":"rate_limit_exceeded"}`, nil, ""},
		{"a rate in one word", 200, `{"error":"ratelimited"}`, nil, ""},
		// The page of a status in JSON.
		{"no page, in JSON", 404, `{"timestamp":"2026","status":404,"error":"Not Found","path":"/token"}`, ErrInTheWay, ""},
		{"forbidden, in JSON", 403, `{"status":403,"error":"Forbidden"}`, ErrInTheWay, ""},
		{"a description that is none", 400, `{"error":"invalid_request","error_description":{"text":"over"}}`, ErrGrantEnded, "invalid_request"},
		{"a description in parts", 400, `{"error":"invalid_request","error_description":["it","is over"]}`, ErrGrantEnded, "invalid_request it is over"},
		{"a code of their own", 422, `{"error":"session_terminated"}`, ErrGrantEnded, "session_terminated"},
		{"a code with status 403", 403, `{"error":"access_denied"}`, ErrGrantEnded, "access_denied"},
		{"a code with status 404", 404, `{"error":"not_found"}`, ErrGrantEnded, "not_found"},
		{"a code beats the status", 401, `{"error":"invalid_grant"}`, ErrGrantEnded, "invalid_grant"},
		{"another code with status 401", 401, `{"error":"invalid_request"}`, ErrGrantEnded, "invalid_request"},
		{"a scope", 400, `{"error":"invalid_scope"}`, ErrGrantEnded, "invalid_scope"},
		{"no refreshing", 400, `{"error":"unsupported_grant_type"}`, ErrGrantEnded, "unsupported_grant_type"},
		{"not this client, by its profile", 400, `{"error":"unauthorized_client"}`, ErrClientRefused, "unauthorized_client"},
		{"the client in another case", 400, `{"error":" INVALID_Client"}`, ErrClientRefused, "INVALID_Client"},
		{"a code in another case", 400, `{"error":"Invalid_Grant"}`, ErrGrantEnded, "Invalid_Grant"},

		{"an overloaded server does not decide", 503, `{"error":"invalid_grant"}`, nil, "status 503"},
		{"nor does one that wants less", 429, `{"error":"invalid_client"}`, nil, "status 429"},
		{"nor one that was not patient", 408, `{"error":"invalid_grant"}`, nil, "status 408"},
		{"nor one that is not there yet", 425, ``, nil, "status 425"},
		{"nor one that says later", 400, `{"error":"temporarily_unavailable"}`, nil, "temporarily_unavailable"},
		{"nor one that is broken", 400, `{"error":"SERVER_ERROR"}`, nil, "SERVER_ERROR"},
		{"nor one that says so with status 200", 200, `{"error":"slow_down"}`, nil, "slow_down"},
		{"a gateway", 403, `<h1>Forbidden</h1>`, ErrInTheWay, "status 403"},
		{"a gateway that knows JSON", 404, `{"message":"no Route matched with those values"}`, ErrInTheWay, "status 404"},
		{"a proxy", 407, ``, ErrInTheWay, "status 407"},
		{"a network that wants a sign-in", 302, `<a href="https://portal.example/?error=invalid_grant">Found</a>`, ErrInTheWay, "status 302"},
		{"the page of such a network", 200, `<html><form action="/login?a=b&access_token=spoiled"></form></html>`, nil, "makes no sense"},
		{"no error", 200, `{"error":false}`, nil, "makes no sense"},
		{"some error", 200, `{"error":true,"message":"spoiled"}`, nil, "makes no sense"},
		{"no object", 200, `null`, nil, "makes no sense"},
		{"half a token", 200, `{"access_token":"spoiled`, nil, "makes no sense"},
		{"a token in a token", 200, `{"access_token":{"value":"spoiled"}}`, nil, "makes no sense"},
		{"long-winded", 400, `{"error":"invalid_request","error_description":"` + strings.Repeat("bla ", 10000) + `"}`, ErrGrantEnded, "bla …"},
		{"repeats what it was sent", 400, `{"error":"invalid_grant","error_description":"no token ` + refreshToken + ` of client-secret"}`, ErrGrantEnded, "no token … of …"},
		{"unknown type of token", 200, `{"access_token":"spoiled","token_type":"mac"}`, nil, `unknown type "MAC"`},
		{"a token that is more than its bearer's", 200, `{"access_token":"spoiled","token_type":"DPoP"}`, nil, "unknown type"},
		{"a token that git cannot take", 200, `{"access_token":"` + strings.Repeat("m", 70000) + `","token_type":"bearer"}`, nil, "git takes no line"},
		{"a space in the token", 200, `{"access_token":"spoiled token","token_type":"bearer"}`, nil, "characters that no token has"},
		{"NUL in the token", 200, `{"access_token":"spoiled\u0000","token_type":"bearer"}`, nil, "characters that no token has"},
		{"letters beyond ASCII in the token", 200, `{"access_token":"spoiled-é","token_type":"bearer"}`, nil, "characters that no token has"},
		{"a list", 200, `["spoiled"]`, nil, "makes no sense"},
	} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
		_, err := client.Refresh(t.Context(), refreshToken)
		wantSentinel(t, test.name, err, test.want)
		wantText(t, err.Error(), []string{test.says}, refreshToken, client.Secret.Reveal(), "spoiled")
	}
}

// TestTokenAnswers: answers that a sane client accepts. After the request it is too late to be strict: the code, or the
// refresh token, has been used up.
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for _, test := range []struct {
		body string
		life time.Duration
		next string // the refresh token to go on with, "" for the old one
	}{
		{`{"access_token":"the-token","expires_in":3600}`, hour, ""},
		{`{"access_token":"the-token","expires_in":3600.0}`, hour, ""},
		{`{"access_token":"the-token","expires_in":"3600"}`, hour, ""},
		{`{"access_token":"the-token","expires_in":"3600.0"}`, hour, ""},
		{`{"access_token":"the-token","expires_in":" 3600 "}`, hour, ""},
		{`{"access_token":"the-token","expires_in":3.6e3}`, hour, ""},
		{`{"access_token":"the-token","expires_in":"3.6e3"}`, hour, ""},
		{`{"access_token":"the-token","expires_in":3599.87}`, hour - time.Second, ""},
		{`{"access_token":"the-token","expires_in":99999999999999999999}`, longest, ""},
		{`{"access_token":"the-token","expires_in":"99999999999999999999"}`, longest, ""},
		{`{"access_token":"the-token","expires_in":1e999}`, longest, ""},
		{`{"access_token":"the-token","expires_in":""}`, 0, ""},
		{`{"access_token":"the-token","expires_in":null}`, 0, ""},
		{`{"access_token":"the-token","expires_in":0}`, 0, ""},
		{`{"access_token":"the-token","expires_in":-1}`, 0, ""},
		{`{"access_token":"the-token","expires_in":"-3600"}`, 0, ""},
		{`{"access_token":"the-token","expires_in":-1e999}`, 0, ""},
		{`{"access_token":"the-token","expires_in":0.5}`, 0, ""},
		{`{"access_token":"the-token","expires_in":"NaN"}`, 0, ""},
		{`{"access_token":"the-token","expires_in":"never"}`, 0, ""},
		{`{"access_token":"the-token","expires_in":true}`, 0, ""},
		{`{"access_token":"the-token","expires_in":[3600]}`, 0, ""},

		{`{"access_token":"the-token","token_type":"bearer"}`, 0, ""},
		{`{"access_token":"the-token","token_type":"Bearer"}`, 0, ""},
		{`{"access_token":"the-token","token_type":"BEARER"}`, 0, ""},
		{`{"access_token":"the-token","token_type":""}`, 0, ""},
		{`{"access_token":"the-token","token_type":null}`, 0, ""},

		{`{"access_token":"the-token","refresh_token":"next"}`, 0, "next"},
		{`{"access_token":"the-token","refresh_token":null}`, 0, ""},
		{`{"access_token":"the-token","refresh_token":""}`, 0, ""},
		{`{"access_token":"the-token","error":false}`, 0, ""},
		{`{"access_token":"the-token","error":null,"error_description":null}`, 0, ""},
		{`{"access_token":"the-token","error":""}`, 0, ""},
		{`{"access_token":"spoiled","access_token":"the-token","scope":{"a":["b"]},"x":{"access_token":"spoiled"},"y":[[]],"z":1e999}`, 0, ""},
		{"\uFEFF{\"access_token\":\"the-token\"}", 0, ""},
		{" \r\n{\n\t\"access_token\": \"the-token\"\n}\n\n", 0, ""},
		{`access_token=the-token&expires_in=3600&refresh_token=next&token_type=bearer`, hour, "next"},
		{"\uFEFF\naccess_token=the%2Dtoken&expires_in=3600.0&error=\n", hour, ""},
	} {
		for _, kind := range []string{"application/json", "text/plain", "text/html", "application/x-www-form-urlencoded", "nonsense", ""} {
			client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{kind}
				io.WriteString(w, test.body)
			})
			token, err := client.Refresh(t.Context(), presentToken)
			if err != nil {
				t.Errorf("%s: %v", test.body, err)
				continue
			}
			if token.AccessToken != "the-token" || token.RefreshToken != cmp.Or(test.next, presentToken) || token.Type() != "Bearer" {
				t.Errorf("%s: %q and %q of type %s", test.body, token.AccessToken, token.RefreshToken, token.Type())
			}
			left := time.Until(token.Expiry)
			if token.Expiry.IsZero() != (test.life == 0) || test.life > 0 && (left > test.life || left < test.life-time.Minute) {
				t.Errorf("%s: lives %v, want %v", test.body, left, test.life)
			}
			if token.ExpiresIn != int64(test.life/time.Second) {
				t.Errorf("%s: expires in %d", test.body, token.ExpiresIn)
			}
		}
	}
}

// TestScopesOfAnswer: text or list, by either name, and with commas where the forge has them.
func TestScopesOfAnswer(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]string{
		`"scope":"a b"`:                        "a b",
		`"scopes":"a b"`:                       "a b",
		`"scope":["a","b c",1,null]`:           "a b c",
		`"scopes":["a"]`:                       "a",
		`"scope":"a","scopes":"b"`:             "a",
		`"scope":"","scopes":"b"`:              "b",
		`"scope":null,"scopes":["b"]`:          "b",
		`"scope":" a \n b "`:                   "a b",
		`"scope":"a,b"`:                        "a,b",
		`"scope":{"a":true}`:                   "",
		`"x":1`:                                "",
		`"scope":"a the-token the-next b"`:     "a … … b",
		`"scope":"` + presentToken + ` scope"`: "… scope",
	} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusOK, `{"access_token":"the-token","refresh_token":"the-next",`+members+`}`)
		})
		token, err := client.Refresh(t.Context(), presentToken)
		if err != nil || token.Extra("scope") != want {
			t.Errorf("%s: %v, %v", members, token.Extra("scope"), err)
		}
	}
}

// TestCompressed: answers that nobody asked to be compressed, or that lie about it.
func TestCompressed(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	zipper := gzip.NewWriter(&zipped)
	io.WriteString(zipper, `{"access_token":"the-token"}`)
	zipper.Close()
	for _, encoding := range []string{"gzip", "x-gzip", "identity", ""} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			w.Write(zipped.Bytes())
		})
		if token, err := client.Refresh(t.Context(), presentToken); err != nil || token.AccessToken != "the-token" {
			t.Errorf("%q: %v", encoding, err)
		}
	}
}

// TestBrokenOff: JSON tells itself where it ends, so what is whole counts, however the transfer ended: it may be all that is
// left of the sign-in. A refusal is one as soon as it has begun.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	const token = `{"access_token":"the-token","refresh_token":"next"}`
	for _, test := range []struct {
		name, answer string
		want         error
		says         string // "" for a token
	}{
		{"longer than it is", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + token, nil, ""},
		{"a last chunk that is missing", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n33\r\n" + token + "\r\n", nil, ""},
		{"half a token", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + token[:20], nil, "broke off"},
		{"a form, which may be half a token", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\naccess_token=the-tok", nil, "broke off"},
		{"a refusal", "HTTP/1.1 400 Bad Request\r\nContent-Length: 9999\r\n\r\n{\"error\":\"inval", ErrGrantEnded, "status 400"},
		{"a broken server", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9999\r\n\r\n", nil, "status 502"},
	} {
		client := newClient(t, echoServer(t, test.answer, func(s string) string { return s }))
		got, err := client.Refresh(t.Context(), presentToken)
		switch {
		case test.says == "" && (err != nil || got.AccessToken != "the-token" || got.RefreshToken != "next"):
			t.Errorf("%s: %+v, %v", test.name, got, err)
		case test.says != "":
			wantSentinel(t, test.name, err, test.want)
			wantText(t, err.Error(), []string{test.says}, "the-tok")
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
	forge, client, token := signedIn(t, testforge.Options{})
	client.Secret = secret.New("a-wrong-secret")
	_, err := client.Refresh(t.Context(), token.RefreshToken)
	wantSentinel(t, "wrong secret", err, ErrClientRefused)
	wantText(t, err.Error(), nil, client.Secret.Reveal())
	wantStats(t, forge, map[string]int{"token": 2, "refresh_refused": 1, "refresh_reuse": 0})
}

func TestServerIsGone(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://127.0.0.1:"+freePort(t))
	_, err := client.Refresh(t.Context(), "the-refresh-token")
	wantSentinel(t, "nobody listens", err, nil)
	wantText(t, err.Error(), []string{"could not reach 127.0.0.1:", "refused"}, "the-refresh-token", client.Secret.Reveal())

	_, client, token := signedIn(t, testforge.Options{})
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
		_, client, token := signedIn(t, testforge.Options{Settings: testforge.Settings{TokenBytes: size}})
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
		_, client, token := signedIn(t, testforge.Options{Settings: testforge.Settings{ScopeField: field}})
		next, err := client.Refresh(t.Context(), token.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if scopes := next.Extra("scope"); scopes != "repository repository:write account" {
			t.Errorf("%s: %v", field, scopes)
		}
	}
}
