package flow

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"git-credential-grant/testforge"
)

// TestRevoke: nobody can use the tokens of a sign-in any more.
func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		forge, client, token := signedIn(t, testforge.Options{})
		client.Profile.AuthStyle = style
		if err := client.Revoke(t.Context(), token); err != nil {
			t.Error(err)
		}
		if _, err := client.Account(t.Context(), token); err == nil {
			t.Error("the access token is good still")
		}
		if _, err := client.Refresh(t.Context(), token.RefreshToken); !errors.Is(err, ErrGrantEnded) {
			t.Errorf("the refresh token gives %v", err)
		}
		wantStats(t, forge, map[string]int{"revoke": 2})
	}
}

// TestRevokeRequest is how RFC 7009 wants it, with the client's name and secret as RFC 6749 does, section 2.3.1.
func TestRevokeRequest(t *testing.T) {
	t.Parallel()
	var got []string
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got = append(got, fmt.Sprintf("%s %s %s:%s %s %s %s %s", r.Method, r.URL.Path, user, password,
			r.FormValue("token"), r.FormValue("token_type_hint"), r.FormValue("client_id"), r.FormValue("client_secret")))
		w.WriteHeader(http.StatusNoContent)
	})
	client.ID = "id:/"
	token := &oauth2.Token{AccessToken: "access-1", RefreshToken: "refresh-1"}
	if err := client.Revoke(t.Context(), token); err != nil {
		t.Error(err)
	}
	client.Profile.AuthStyle = oauth2.AuthStyleInParams
	if err := client.Revoke(t.Context(), &oauth2.Token{AccessToken: "access-1"}); err != nil {
		t.Error(err)
	}
	want := []string{
		"POST /site/oauth2/revoke id%3A%2F:client-secret refresh-1 refresh_token  ",
		"POST /site/oauth2/revoke id%3A%2F:client-secret access-1 access_token  ",
		"POST /site/oauth2/revoke : access-1 access_token id:/ client-secret",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRevokeDelete is GitHub's way: https://docs.github.com/en/rest/apps/oauth-applications
func TestRevokeDelete(t *testing.T) {
	t.Parallel()
	var got string
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id, secret, _ := r.BasicAuth()
		got = fmt.Sprintf("%s %s %s:%s %s", r.Method, r.URL.EscapedPath(), id, secret, body)
		w.WriteHeader(http.StatusNoContent)
	})
	client.ID = "id/1"
	client.Profile.RevokeStyle = RevokeDelete
	client.Profile.RevokeURL = strings.Replace(client.Profile.RevokeURL, "/site/oauth2/revoke", "/applications/CLIENT_ID/grant", 1)
	if err := client.Revoke(t.Context(), &oauth2.Token{AccessToken: "access-1", RefreshToken: "refresh-1"}); err != nil {
		t.Error(err)
	}
	if want := `DELETE /applications/id%2F1/grant id/1:client-secret {"access_token":"access-1"}`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// GitHub's own place is another host than that of its token endpoint, and known.
	github, _ := ByHost("github.com")
	github, err := github.At(&url.URL{Scheme: "https", Host: "github.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Client{Profile: github}).checkRevokeURL(); err != nil {
		t.Error(err)
	}
}

// TestRevokeFails: what is wrong is said, without the token, and no redirect is followed with it.
func TestRevokeFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		body, says string
		is         error
	}{
		{http.StatusServiceUnavailable, "", "answered with status 503", nil},
		{http.StatusUnauthorized, `{"error":"invalid_client"}`, "invalid_client", ErrClientRefused},
		{http.StatusBadRequest, `{"error":"unsupported_token_type","error_description":"refresh-1 is\u001b[2J odd"}`, "unsupported_token_type … is [2J odd", nil},
		{http.StatusTemporaryRedirect, "", "status 307", nil},
		{http.StatusNotFound, "<html>", "status 404", nil},
	} {
		client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/site/oauth2/revoke" {
				t.Errorf("the token went to %s", r.URL)
			}
			w.Header().Set("Location", "/elsewhere")
			answerJSON(w, test.status, test.body)
		})
		err := client.Revoke(t.Context(), &oauth2.Token{RefreshToken: "refresh-1"})
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "refresh-1") || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("status %d gives %v, want %q", test.status, err, test.says)
		}
	}
}

// TestRevokeElsewhere: a token is sent to no place that only a setting names.
func TestRevokeElsewhere(t *testing.T) {
	t.Parallel()
	token := &oauth2.Token{RefreshToken: "refresh-1"}
	client := newClient(t, "https://git.example")
	for _, place := range []string{"https://evil.example/revoke", "http://git.example/revoke", "https://git.example:8443/revoke", "/revoke"} {
		client.Profile.RevokeURL = place
		if err := client.Revoke(t.Context(), token); err == nil || !strings.Contains(err.Error(), "oauthRevokeURL") {
			t.Errorf("%s: %v", place, err)
		}
	}
	client.Profile.RevokeURL = ""
	if err := client.Revoke(t.Context(), token); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a server that cannot gives %v", err)
	}
}
