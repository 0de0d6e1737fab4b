// Package flow is the side that talks to the OAuth2 server: it signs a person in (the authorization code grant with
// PKCE, RFC 6749 and RFC 7636, for native applications, RFC 8252, or the device grant, RFC 8628), mints tokens where
// nobody is to be asked, renews a token, asks the forge whose it is, and revokes it. What is special about a forge is in its
// [Profile]: a known one ([ByHost], [ByName], [ByRealm]), or [Generic] with what the server says of itself
// ([Client.Discover]). With its endpoints made absolute ([Profile.At]) it is part of a [Client], which does all the rest.
//
// It knows neither git, nor the keyring, nor how servers are reached and people are asked: that is in a Client's Transport
// and in a [UI]. Tokens are [oauth2.Token]; the few errors on which a caller decides are the Err variables of this package.
package flow

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
)

// requestTimeout is how long a server may take to answer.
const requestTimeout = 15 * time.Second

// A Client is the OAuth client that is registered for one git host, and how its server is reached. It holds nothing of a
// sign-in, and is not changed once it is in use.
type Client struct {
	// Profile describes the server; its endpoints are absolute (see [Profile.At]).
	Profile Profile
	// Grant is how tokens are obtained; "" is GrantCode.
	Grant Grant
	// ID and Secret are the client's; Bitbucket calls them the consumer's key and secret. For GrantJWT they are the
	// app's key and the secret that it shares with Bitbucket.
	ID     string
	Secret secret.String
	// Subject is whom a JWT speaks for: the app's client key.
	Subject string
	// GitHost is the host that the person signs in to, as it is shown.
	GitHost string
	// Transport sends the requests. Of its errors those are shown as they are that have [OwnWords]. Nil: straight, with the
	// system's trust.
	Transport http.RoundTripper
	// Trace notes a step, without any secret. Nil: no notes.
	Trace func(format string, args ...any)
}

// Check reports what is wrong with the client, and sends nothing to find that out.
func (c *Client) Check() error {
	optional := func(name, endpoint string) error {
		if endpoint == "" {
			return nil
		}
		return CheckEndpoint(name, endpoint)
	}
	_, redirect := parseRedirect(c.Profile.RedirectURL)
	return errors.Join(
		c.checkGrant(),
		CheckEndpoint("oauthTokenURL", c.Profile.TokenURL),
		c.checkUserInfoURL(),
		optional("oauthDeviceAuthURL", c.Profile.DeviceAuthURL),
		optional("oauthRevokeURL", c.Profile.RevokeURL),
		redirect)
}

// Refresh obtains a new access token (RFC 6749, section 6). The answer's refresh token is the one to use from now on:
// a new one, or the same again where the server sent none. The request is sent once; whether the server has used the
// refresh token up is unknown after an error other than those that the server answered itself.
//
// [ErrGrantEnded] is any refusal that is not about the client ([ErrClientRefused]) and does not ask to come again later.
// After every other error the refresh token may still be good.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	if redirect, err := parseRedirect(c.Profile.RedirectURL); err == nil && c.Profile.RefreshRedirect {
		form.Set("redirect_uri", redirect.String())
	}
	token, err := c.obtain(ctx, tokenRequest{on: ForRefresh, form: form, sent: newSecrets(refreshToken)})
	if err == nil && token.RefreshToken == "" {
		token.RefreshToken = refreshToken
	}
	return token, err
}

// requestContext gives one request its deadline.
func (c *Client) requestContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, requestTimeout)
}

// straight keeps no connection: a run of the program sends hardly more than one request to a server.
var straight = func() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableKeepAlives = true
	return transport
}()

// httpClient follows no redirect: what goes to a token endpoint goes nowhere else.
func (c *Client) httpClient() *http.Client {
	return c.traced(&http.Client{
		Transport:     cmp.Or(c.Transport, straight),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// Account asks the forge whose token it is. It returns "" if the forge does not tell. [ErrUnauthorized] is that the token is not
// good for it.
func (c *Client) Account(ctx context.Context, token *oauth2.Token) (string, error) {
	if c.Profile.UserInfoURL == "" {
		return "", nil
	}
	var info map[string]any
	if err := c.getJSON(ctx, c.Profile.UserInfoURL, token, &info); err != nil {
		return "", err
	}
	name, _ := info[c.Profile.UserInfoName].(string)
	known := append(c.secrets(), newSecrets(token.AccessToken, token.RefreshToken)...)
	if known.in(name) {
		return "", nil // It is no name, and would be shown.
	}
	return printable.Line(name), nil
}
