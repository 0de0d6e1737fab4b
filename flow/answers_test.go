package flow

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// A recording is an answer of a server, in testdata/answers.json. Its source has what is peculiar in it, or all of it;
// tokens may be shorter here.
type recording struct {
	Name        string
	Source      string
	Profile     string
	Request     string // code, refresh, mint, device or poll
	Status      int
	ContentType string `json:"content_type"`
	Body        string
	// Token is what an answer with a token holds: the beginnings of the tokens, the life in seconds, the scopes. Of one with
	// a device code it is the rest.
	Token *struct {
		Access, Refresh, Scope string
		User, Page             string
		Life, Interval         int
	}
	// Means names the error that another answer is, "" for one of the moment, and Says a part of its words.
	Means, Says string
}

func recordings(t testing.TB) (all []recording) {
	t.Helper()
	data, err := os.ReadFile("testdata/answers.json")
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// known are the errors that a recording can name.
var known = map[string]error{
	"": nil, "ended": ErrGrantEnded, "client": ErrClientRefused, "denied": ErrDenied, "late": ErrTimeout, "grant": ErrGrantRefused,
}

const (
	presentToken = "the-present-refresh-token"
	clientSecret = "a secret/+&"
)

// replay returns a client of a server that gives one answer to everything.
func replay(t testing.TB, answer recording) *Client {
	t.Helper()
	client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", answer.ContentType)
		w.WriteHeader(answer.Status)
		io.WriteString(w, answer.Body)
	})
	endpoint := client.Profile.TokenURL
	client.Profile, _ = ByName(answer.Profile)
	client.Profile.TokenURL, client.Profile.DeviceAuthURL = endpoint, endpoint
	client.Secret = secret.New(clientSecret)
	return client
}

// ask makes the request that a recording answers, if that is one for a token.
func (r recording) ask(t testing.TB, client *Client) (*oauth2.Token, error) {
	t.Helper()
	switch r.Request {
	case "code":
		return client.exchange(t.Context(), "the-one-time-code", "http://127.0.0.1:1", "the-verifier")
	case "refresh":
		return client.Refresh(t.Context(), presentToken)
	case "mint":
		return client.Mint(t.Context())
	case "poll":
		return client.awaitApproval(t.Context(), &deviceCode{device: secret.New("the-device-code"), interval: time.Millisecond})
	}
	t.Fatalf("%s: no request %q", r.Name, r.Request)
	return nil, nil
}

// TestAnswers: what servers have answered, in their own words.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range recordings(t) {
		if !strings.HasPrefix(answer.Source, "https://") {
			t.Errorf("%s has no source", answer.Name)
		}
		client := replay(t, answer)
		if answer.Request == "device" {
			answer.wantCode(t, client)
			continue
		}
		token, err := answer.ask(t, client)
		if answer.Token != nil && err == nil {
			answer.wantToken(t, token)
			continue
		}
		wantSentinel(t, answer.Name, err, known[answer.Means])
		wantText(t, err.Error(), []string{answer.Says}, presentToken, clientSecret)
	}
}

func (r recording) wantToken(t *testing.T, token *oauth2.Token) {
	t.Helper()
	want := r.Token
	if r.Request == "refresh" && want.Refresh == "" {
		want.Refresh = presentToken
	}
	if !strings.HasPrefix(token.AccessToken, want.Access) || !strings.HasPrefix(token.RefreshToken, want.Refresh) || want.Refresh == "" && token.RefreshToken != "" {
		t.Errorf("%s: tokens %q and %q", r.Name, token.AccessToken, token.RefreshToken)
	}
	life := time.Duration(want.Life) * time.Second
	if left := time.Until(token.Expiry); token.Expiry.IsZero() != (life == 0) || life != 0 && (left > life || left < life-time.Minute) {
		t.Errorf("%s: lives %v, want %v", r.Name, left, life)
	}
	if scopes := token.Extra("scope"); scopes != want.Scope {
		t.Errorf("%s: scopes %q, want %q", r.Name, scopes, want.Scope)
	}
}

func (r recording) wantCode(t *testing.T, client *Client) {
	t.Helper()
	code, err := client.askForCode(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	if code.device.IsZero() || code.user != r.Token.User || code.page != r.Token.Page ||
		code.life != time.Duration(r.Token.Life)*time.Second || code.interval != time.Duration(r.Token.Interval)*time.Second {
		t.Errorf("%s: %+v", r.Name, code)
	}
}
