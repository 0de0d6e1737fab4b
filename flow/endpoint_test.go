package flow

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
)

// TestUserInfoURL: an access token goes to where it came from, to git, or to where the profile or the issuer says, and to no
// place that only a setting names.
func TestUserInfoURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		profile, gitHost, endpoint string
		says                       string // "" if it is good
	}{
		{"oidc", "git.example", "", ""},
		{"oidc", "git.example", "https://git.example/me", ""},
		{"oidc", "git.example", "https://GIT.example:443/me", ""},
		{"oidc", "git.example:8443", "https://git.example:8443/me", ""},
		{"oidc", "127.0.0.1:3000", "http://127.0.0.1:3000/me", ""},
		{"oidc", "127.0.0.1", "http://127.0.0.1/me", ""},
		{"oidc", "git.example", "https://auth.example/me", ""},
		{"oidc", "git.example", "https://issuer.example/me", ""}, // the issuer's
		{"oidc", "git.example", "https://issuer.example/you", "must be on the host"},
		{"oidc", "git.example", "https://evil.example/me", "must be on the host"},
		{"oidc", "git.example", "https://git.example:8443/me", "must be on the host"},
		{"oidc", "git.example", "https://git.example.evil.example/me", "must be on the host"},
		{"oidc", "git.example", "https://api.github.com/user", "must be on the host"},
		{"oidc", "gik.example", "https://gi\u212a.example/me", "must be on the host"},
		{"oidc", "git.example", "http://git.example/me", "must be https"},
		{"oidc", "git.example", "https://git.example@evil.example/me", "must not hold a user name"},
		{"oidc", "git.example", "/me", "is not an absolute URL"},
		{"github", "github.com", "https://api.github.com/user", ""},
		{"bitbucket", "bitbucket.org", "https://api.bitbucket.org/2.0/user", ""},
		{"bitbucket", "bitbucket.org", "https://api.bitbucket.org/2.0/other", "must be on the host"},
	} {
		profile, _ := ByName(test.profile)
		profile.AuthURL, profile.TokenURL, profile.RevokeURL = "https://auth.example/authorize", "https://auth.example/token", ""
		profile.DeviceAuthURL = ""
		profile.UserInfoURL, profile.Discovered = test.endpoint, []string{"https://issuer.example/me", ""}
		err := (&Client{Profile: profile, ID: "id", GitHost: test.gitHost}).Check()
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), "oauthUserInfoURL "+test.says) {
			t.Errorf("%s at %s: %v, want %q", test.endpoint, test.gitHost, err, test.says)
		}
	}
}

// TestDeviceAuthURL: the client's secret goes with the request for a code, so that is asked where the token comes from.
func TestDeviceAuthURL(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]bool{
		"": true, "https://git.example/device": true, "https://git.example:443/d": true, "https://evil.example/device": false,
		"https://git.example.evil.example/": false, "http://git.example/device": false, "https://git.example:8443/device": false,
	} {
		client := newClient(t, "https://git.example")
		client.Profile.DeviceAuthURL = endpoint
		if err := client.checkDeviceAuthURL(); (err == nil) != want {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

// TestDiscoveredRevocation: an endpoint is used where it lies, as the issuer has named it.
func TestDiscoveredRevocation(t *testing.T) {
	t.Parallel()
	var revoked []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		revoked = append(revoked, r.FormValue("token"))
	}))
	t.Cleanup(elsewhere.Close)
	found := Metadata{Issuer: "https://id.example", AuthURL: "https://id.example/a", TokenURL: "https://id.example/t", RevokeURL: elsewhere.URL + "/revoke"}
	client := &Client{Profile: found.Apply(Generic), ID: "id", GitHost: "git.example"}
	if err := client.Revoke(t.Context(), &oauth2.Token{AccessToken: "access-1"}); err != nil || len(revoked) != 1 {
		t.Errorf("%q, %v", revoked, err)
	}
	client.Profile.RevokeURL += "/other"
	if err := client.Revoke(t.Context(), &oauth2.Token{AccessToken: "access-1"}); err == nil || len(revoked) != 1 {
		t.Errorf("%q, %v", revoked, err)
	}
}

// TestDeadlines: no answer, however slowly it comes, holds git longer than 20 seconds in all.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/.well-known/") {
			http.NotFound(w, r)
			return
		}
		answerJSON(w, http.StatusOK, `{"access_token":"the-token","username":"alice"}`)
	})
	client.Profile.UserInfoURL = client.Profile.TokenURL
	client.Profile.DeviceAuthURL = client.Profile.TokenURL
	issuer := strings.TrimSuffix(client.Profile.TokenURL, "/site/oauth2/access_token")
	client.Secret = secret.New("secret")
	var deadlines map[time.Time]bool // requests that share one end together
	client.Transport = watched(func(request *http.Request) {
		deadline, _ := request.Context().Deadline()
		deadlines[deadline] = true
	})
	token := &oauth2.Token{AccessToken: "a"}
	for name, ask := range map[string]func(ctx context.Context){
		"refresh":   func(ctx context.Context) { client.Refresh(ctx, "r") },
		"mint":      func(ctx context.Context) { client.Mint(ctx) },
		"device":    func(ctx context.Context) { client.askForCode(ctx) },
		"account":   func(ctx context.Context) { client.Account(ctx, token) },
		"revoke":    func(ctx context.Context) { client.Revoke(ctx, token) },
		"check":     func(ctx context.Context) { client.CheckSecret(ctx) },
		"reach":     func(ctx context.Context) { client.Reach(ctx) },
		"sign-in":   func(ctx context.Context) { client.finish(ctx, &answer{code: "c"}, "http://127.0.0.1:1", handshake{}) },
		"discovery": func(ctx context.Context) { client.Discover(ctx, issuer) },
	} {
		deadlines = map[time.Time]bool{}
		ask(t.Context())
		left := time.Duration(0)
		for deadline := range deadlines {
			left += time.Until(deadline)
		}
		if left <= 0 || left > 20*time.Second {
			t.Errorf("%s: may take %v", name, left)
		}
	}
}

// watched is a transport that shows each request before it is sent.
type watched func(*http.Request)

// RoundTrip implements [http.RoundTripper].
func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	w(request)
	return straight.RoundTrip(request)
}
