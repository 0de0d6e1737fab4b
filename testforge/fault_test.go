package testforge_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"git-credential-grant/testforge"

	"golang.org/x/oauth2"
)

// ask posts a refresh and returns the answer as it comes, redirects not followed.
func ask(ctx context.Context, forge *testforge.Forge, refreshToken string) (resp *http.Response, body string, err error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	req, err := http.NewRequestWithContext(ctx, "POST", forge.URL+"/site/oauth2/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(forge.ClientID, forge.ClientSecret)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err = client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// TestFaults checks that each fault is what it says, for one answer, and that
// the sign-in survives it.
func TestFaults(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})
	for _, test := range []struct {
		kind, contentType string
		status            int
		body              string // a part of it
	}{
		{"500", "text/html", 500, "<h1>"},
		{"401", "text/plain", 401, "Unauthorized"},
		{"403", "text/plain", 403, "Forbidden"},
		{"429", "text/plain; charset=utf-8", 429, "slow"},
		{"garbage", "application/json", 200, "<html>"},
		{"empty", "application/json", 200, "{}"},
		{"redirect", "", 307, ""},
		{"escape", "application/json", 400, `\u001b[31m`},
		{"newline", "application/json", 200, `spoiled\nhost=`},
		{"no-access-token", "application/json", 200, `{"refresh_token"`},
		{"invalid_client", "application/json", 401, `{"error":"invalid_client"}`},
		{"invalid_grant", "application/json", 400, `{"error":"invalid_grant"}`},
		{"unauthorized_client", "application/json", 400, `{"error":"unauthorized_client"}`},
	} {
		setFault(t, forge, test.kind, 1)
		resp, body, err := ask(t.Context(), forge, token.RefreshToken)
		if err != nil {
			t.Errorf("%s: %v", test.kind, err)
			continue
		}
		if resp.StatusCode != test.status || resp.Header.Get("Content-Type") != test.contentType || !strings.Contains(body, test.body) {
			t.Errorf("%s: %s, %s, %q", test.kind, resp.Status, resp.Header.Get("Content-Type"), body)
		}
		if got, want := resp.Header.Get("Retry-After") != "", test.status == 429; got != want {
			t.Errorf("%s: Retry-After %q", test.kind, resp.Header.Get("Retry-After"))
		}
		token = mustRefresh(t, config, token)
	}
	wantStats(t, forge, map[string]int{"refresh_ok": 13, "refresh_refused": 0, "redirect_followed": 0})
}

func setFault(t *testing.T, forge *testforge.Forge, kind string, n int) {
	t.Helper()
	if err := forge.SetFault(kind, n); err != nil {
		t.Fatal(err)
	}
}

func mustRefresh(t *testing.T, config *oauth2.Config, token *oauth2.Token) *oauth2.Token {
	t.Helper()
	next, err := refresh(t.Context(), config, token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestFaultsOfTheConnection(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})

	setFault(t, forge, "hang-up", 1)
	if _, _, err := ask(t.Context(), forge, token.RefreshToken); err == nil {
		t.Error("hang-up: got an answer")
	}
	token = mustRefresh(t, config, token)

	setFault(t, forge, "hang", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := ask(ctx, forge, token.RefreshToken); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hang: %v", err)
	}
	token = mustRefresh(t, config, token)

	setFault(t, forge, "huge", 1)
	if _, body, err := ask(t.Context(), forge, token.RefreshToken); err != nil || len(body) < 10<<20 {
		t.Errorf("huge: %d bytes, %v", len(body), err)
	}
	token = mustRefresh(t, config, token)

	setFault(t, forge, "lost", 1)
	if _, _, err := ask(t.Context(), forge, token.RefreshToken); err == nil {
		t.Error("lost: got an answer")
	}
	_, err := refresh(t.Context(), config, token.RefreshToken)
	wantCode(t, err, "invalid_request")
}

func TestFaultUntilCleared(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "account")
	token := signIn(t, config, testforge.Browser{})
	setFault(t, forge, "user:500", 0)
	for range 3 {
		if got := whoami(t, forge, token.AccessToken); got != "Internal Server Error" {
			t.Errorf("got %s", got)
		}
	}
	mustRefresh(t, config, token)
	setFault(t, forge, "user:none", 0)
	if got := whoami(t, forge, token.AccessToken); got != "alice" {
		t.Errorf("got %s", got)
	}
	for _, kind := range []string{"nonsense", "nowhere:500", ""} {
		if err := forge.SetFault(kind, 0); err == nil {
			t.Errorf("took the fault %q", kind)
		}
	}
}

func TestRedirectFollowed(t *testing.T) {
	forge := start(t, testforge.Options{})
	config := client(forge, "repository")
	token := signIn(t, config, testforge.Browser{})
	setFault(t, forge, "redirect", 1)
	if _, err := refresh(t.Context(), config, token.RefreshToken); err == nil {
		t.Error("no error")
	}
	wantStats(t, forge, map[string]int{"redirect_followed": 1})
}

func TestCloseEndsHangingAnswers(t *testing.T) {
	forge, err := testforge.New(testforge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	setFault(t, forge, "hang", 0)
	answered := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() {
		_, _, err := ask(ctx, forge, "any")
		answered <- err
	}()
	for forge.Stats()["token"] == 0 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if err := forge.Close(); err != nil {
		t.Error(err)
	}
	if err := <-answered; err == nil || ctx.Err() != nil {
		t.Errorf("ended with %v", err)
	}
}
