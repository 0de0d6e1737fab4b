package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// TestMint: each call is one request and brings another token, with no refresh token.
func TestMint(t *testing.T) {
	t.Parallel()
	for grant, stat := range map[Grant]string{GrantClientCredentials: "credentials", GrantJWT: "jwt"} {
		forge, client := startForge(t, testforge.Options{})
		client.Grant = grant
		if grant == GrantJWT {
			client.ID, client.Subject, client.Secret = testforge.AppKey, testforge.AppClientKey, secret.New(testforge.AppSecret)
		}
		if err := client.Check(); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for range 3 {
			token, err := client.Mint(t.Context())
			if err != nil {
				t.Fatal(grant, err)
			}
			account, err := client.Account(t.Context(), token)
			if account != "app_user" || err != nil || token.RefreshToken != "" || seen[token.AccessToken] {
				t.Errorf("%s: token of %q, %v; refresh token %v; seen before %v", grant, account, err, token.RefreshToken != "", seen[token.AccessToken])
			}
			seen[token.AccessToken] = true
		}
		client.Profile.Scopes = []string{"everything"}
		_, err := client.Mint(t.Context())
		wantSentinel(t, string(grant), err, ErrScope)
		client.Profile.Scopes = nil
		client.Secret = secret.New(strings.Repeat("wrong", 10))
		_, err = client.Mint(t.Context())
		wantSentinel(t, string(grant), err, ErrClientRefused)
		wantText(t, err.Error(), []string{"127.0.0.1"}, client.Secret.Reveal(), "eyJ")
		wantStats(t, forge, map[string]int{"token": 5, stat + "_ok": 3, stat + "_refused": 2})
	}
}

// TestMintKeepsNoRefreshToken: Bitbucket sent one until May 2026. In the old days it was good for ever.
func TestMintKeepsNoRefreshToken(t *testing.T) {
	t.Parallel()
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		if audience := r.PostFormValue("audience"); audience != "api" {
			t.Errorf("asked for the audience %q", audience)
		}
		answerJSON(w, http.StatusOK, `{"access_token":"a","token_type":"bearer","expires_in":7200,"refresh_token":"r"}`)
	})
	client.Grant, client.Profile.Audience = GrantClientCredentials, "api"
	if token, err := client.Mint(t.Context()); err != nil || token.AccessToken != "a" || token.RefreshToken != "" {
		t.Errorf("got %+v, %v", token, err)
	}
}

// TestJWTRequest: the request is what Bitbucket's documentation shows, byte for byte where it matters.
func TestJWTRequest(t *testing.T) {
	t.Parallel()
	var authorization, form string
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		authorization, form = r.Header.Get("Authorization"), r.PostForm.Encode()
		answerJSON(w, http.StatusOK, `{"access_token":"a","token_type":"bearer"}`)
	})
	client.Grant, client.ID, client.Subject, client.Secret = GrantJWT, "the key", "the client key", secret.New(strings.Repeat("s", 32))
	client.Profile.Scopes = nil
	began := time.Now().Truncate(time.Second)
	if _, err := client.Mint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "grant_type=urn%3Abitbucket%3Aoauth2%3Ajwt"; form != want {
		t.Errorf("got the form %s, want %s", form, want)
	}
	signed, found := strings.CutPrefix(authorization, "JWT ")
	token, err := jwt.ParseSigned(signed, []jose.SignatureAlgorithm{jose.HS256})
	if !found || err != nil {
		t.Fatalf("got the header %q: %v", authorization, err)
	}
	claims := map[string]any{}
	if err := token.Claims([]byte(client.Secret.Reveal()), &claims); err != nil {
		t.Fatal(err)
	}
	issued, _ := claims["iat"].(float64)
	if at := time.Unix(int64(issued), 0); at.Before(began) || at.After(time.Now()) {
		t.Errorf("issued at %v", at)
	}
	want := map[string]any{
		"iss": "the key", "sub": "the client key", "iat": issued, "exp": issued + 180,
		"qsh": "f045c19462bc33df6431a1f69800ff8fc9e839dfea9d080be9f2bcd59360c73b",
	}
	for name := range claims {
		if want[name] == nil {
			t.Errorf("a claim too much: %s", name)
		}
	}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s is %v, want %v", name, claims[name], value)
		}
	}
}

// TestQueryHash: the rules are Atlassian's (https://developer.atlassian.com/cloud/bitbucket/query-string-hash/), the
// hashes sha256sum's.
func TestQueryHash(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://bitbucket.org/site/oauth2/access_token":  "f045c19462bc33df6431a1f69800ff8fc9e839dfea9d080be9f2bcd59360c73b",
		"https://bitbucket.org/site/oauth2/access_token/": "f045c19462bc33df6431a1f69800ff8fc9e839dfea9d080be9f2bcd59360c73b",
		"https://bitbucket.org":                           "6dfb58321692d08d44565d1331846fc24e7dc08b33259d262f4eff79b21d8e05",
		"https://bitbucket.org/":                          "6dfb58321692d08d44565d1331846fc24e7dc08b33259d262f4eff79b21d8e05",
		"https://bitbucket.org/a&b":                       "463fbdd58bc0e045ac29db1b2f327b26e0ea6fb618853ba38364c3e40397219f",
	} {
		if got, err := queryHash("POST", endpoint); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", endpoint, got, err, want)
		}
	}
}

// TestCheckGrant: what a grant lacks is known before anything is sent.
func TestCheckGrant(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*Client)
		says   string
	}{
		{"code", func(c *Client) {}, ""},
		{"code without the page", func(c *Client) { c.Profile.AuthURL = "" }, "oauthAuthURL is not set"},
		{"code, and a device endpoint that is not https", func(c *Client) { c.Profile.DeviceAuthURL = "http://git.example/device" }, "oauthDeviceAuthURL must be https"},
		{"device", func(c *Client) {
			c.Grant, c.Profile.DeviceAuthURL, c.Profile.AuthURL = GrantDevice, "https://git.example/device", ""
		}, ""},
		{"device, not https", func(c *Client) { c.Grant, c.Profile.DeviceAuthURL = GrantDevice, "http://git.example/device" }, "oauthDeviceAuthURL must be https"},
		{"device, where the forge has none", func(c *Client) { c.Grant = GrantDevice }, "no device grant is known there: git.example"},
		{"client credentials", func(c *Client) { c.Grant, c.Profile.AuthURL = GrantClientCredentials, "" }, ""},
		{"client credentials without a secret", func(c *Client) { c.Grant, c.Secret = GrantClientCredentials, secret.String{} }, "client_credentials needs a secret"},
		{"jwt", func(c *Client) { c.Grant, c.Subject, c.Profile.AuthURL = GrantJWT, "sub", "" }, ""},
		{"jwt without a secret", func(c *Client) { c.Grant, c.Subject, c.Secret = GrantJWT, "sub", secret.String{} }, "jwt needs a secret"},
		{"jwt without a subject", func(c *Client) { c.Grant = GrantJWT }, "oauthJWTSubject"},
		{"jwt without an issuer", func(c *Client) { c.Grant, c.Subject, c.ID = GrantJWT, "sub", "" }, "oauthJWTIssuer"},
		{"jwt elsewhere", func(c *Client) { c.Grant, c.Subject, c.Profile.JWTGrantType = GrantJWT, "sub", "" }, "takes no JWT"},
		{"what there is not", func(c *Client) { c.Grant = "password" }, `oauthGrant is "password"`},
	} {
		client := newClient(t, "https://git.example")
		test.change(client)
		err := client.Check()
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.says)
		}
	}
}
