// Package flow is the side that talks to the OAuth2 server: it signs a person in (the authorization code grant with
// PKCE, RFC 6749 and RFC 7636, for native applications, RFC 8252, or the device grant, RFC 8628), mints tokens where
// nobody is to be asked, renews a token, and asks the forge whose it is. What is special about a forge is in its [Profile].
//
// It knows neither git nor the keyring. Tokens are [oauth2.Token]; the few errors on which a caller decides are
// the Err variables of this package.
package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// requestTimeout is how long a server may take to answer.
const requestTimeout = 15 * time.Second

// A Client is the OAuth client that is registered for one git host.
type Client struct {
	// Profile describes the server; its endpoints are absolute (see [Profile.At]).
	Profile Profile
	// Grant is how tokens are obtained; "" is GrantCode.
	Grant Grant
	// ID and Secret are the client's; Bitbucket calls them the consumer's key and secret. For GrantJWT they are the
	// app's key and the secret that it shares with Bitbucket.
	ID, Secret string
	// Subject is whom a JWT speaks for: the app's client key.
	Subject string
	// GitHost is the host that the person signs in to, as it is shown.
	GitHost string
	// LoginHint is the name that the sign-in page shall suggest, "" for none: the one in the repository's URL.
	LoginHint string
	// Network says how git would reach a URL. Nil: by Go's own rules.
	Network func(ctx context.Context, url string) (*Network, error)
	// Browse opens a page in the person's browser. Nil: the person opens the address that Tell shows.
	Browse func(url string) error
	// Tell shows a line to the person.
	Tell func(message string)
	// QRCode adds a QR code to the address of a device code, for a terminal.
	QRCode bool
	// Timeout is how long a person may take to sign in.
	Timeout time.Duration
	// Paste returns what the person enters into the terminal next, in whatever pieces it comes, or an error when ctx
	// has ended or there is nothing to read from. Nil: there is no terminal.
	Paste func(ctx context.Context) (text string, err error)
	// Waiting shows a line in the place of the last one, "" none. Nil: nobody looks.
	Waiting func(line string)
	// Trace notes a step, without any secret. Nil: no notes.
	Trace func(format string, args ...any)
}

// Check reports what is wrong with the client before anything is sent anywhere.
func (c *Client) Check() error {
	optional := func(name, endpoint string) error {
		if endpoint == "" {
			return nil
		}
		return checkEndpoint(name, endpoint)
	}
	_, redirect := parseRedirect(c.Profile.RedirectURL)
	return errors.Join(
		c.checkGrant(),
		checkEndpoint("oauthTokenURL", c.Profile.TokenURL),
		optional("oauthUserInfoURL", c.Profile.UserInfoURL),
		optional("oauthDeviceAuthURL", c.Profile.DeviceAuthURL),
		optional("oauthRevokeURL", c.Profile.RevokeURL),
		redirect)
}

// config is the client as x/oauth2 wants it.
func (c *Client) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret,
		Endpoint: oauth2.Endpoint{
			AuthURL: c.Profile.AuthURL, TokenURL: c.Profile.TokenURL, AuthStyle: c.authStyle(),
		},
		RedirectURL: redirect,
		Scopes:      c.Profile.Scopes,
	}
}

// authStyle is how the client authenticates. A public client has nothing to authenticate with and says in the body who
// it is (RFC 6749, section 3.2.1).
func (c *Client) authStyle() oauth2.AuthStyle {
	if c.Secret == "" {
		return oauth2.AuthStyleInParams
	}
	return c.Profile.AuthStyle
}

// authenticated makes a request of the client for itself (RFC 6749, section 2.3.1).
func (c *Client) authenticated(ctx context.Context, endpoint string, form url.Values) (*http.Request, error) {
	inHeader := c.authStyle() == oauth2.AuthStyleInHeader
	if !inHeader {
		form.Set("client_id", c.ID)
		if c.Secret != "" {
			form.Set("client_secret", c.Secret)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if inHeader {
		request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	return request, nil
}

// Refresh obtains a new access token (RFC 6749, section 6). The answer's refresh token is the one to use from now on:
// a new one, or the same again where the server sent none. The request is sent once; whether the server has used the
// refresh token up is unknown after an error other than those that the server answered itself.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	parameters := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	if redirect, err := parseRedirect(c.Profile.RedirectURL); err == nil && c.Profile.RefreshRedirect {
		parameters.Set("redirect_uri", redirect.String())
	}
	// What x/oauth2 calls a refresh takes no further parameters; this does, the kind of the grant among them.
	request := clientcredentials.Config{
		ClientID: c.ID, ClientSecret: c.Secret,
		TokenURL: c.Profile.TokenURL, AuthStyle: c.authStyle(), EndpointParams: parameters,
	}
	token, err := request.Token(ctx)
	return c.checked(token, err, refreshErrors, refreshToken)
}

// exchange obtains a token for an authorization code (RFC 6749, section 4.1.3). The code is sent once.
func (c *Client) exchange(ctx context.Context, code, redirect, verifier string) (*oauth2.Token, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	token, err := c.config(redirect).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	return c.checked(token, err, grantErrors, code, verifier)
}

// checked refuses an answer that is not a token that git could send. sent are the secrets of the request.
func (c *Client) checked(token *oauth2.Token, err error, meanings map[string]error, sent ...string) (*oauth2.Token, error) {
	if err != nil {
		return nil, explain(err, c.Profile.TokenURL, c.meanings(meanings), append(sent, c.Secret))
	}
	if strings.ContainsFunc(token.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("%s sent an access token with characters that no token has (RFC 6750, section 2.1)", hostOf(c.Profile.TokenURL))
	}
	if kind := token.Type(); kind != "Bearer" {
		return nil, fmt.Errorf("%s sent a token of the unknown type %q", hostOf(c.Profile.TokenURL), said(kind, ""))
	}
	return c.withScope(token), nil
}

// meanings adds the forge's own error codes to those of the grant.
func (c *Client) meanings(ofGrant map[string]error) map[string]error {
	all := maps.Clone(ofGrant)
	maps.Copy(all, c.Profile.Errors)
	return all
}

// requestContext gives one request its deadline and our HTTP client.
func (c *Client) requestContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	return context.WithValue(ctx, oauth2.HTTPClient, c.httpClient()), cancel
}

// httpClient follows no redirect: what goes to a token endpoint goes nowhere else.
func (c *Client) httpClient() *http.Client {
	return c.traced(&http.Client{
		Transport:     transport{c.Network},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// Account asks the forge whose token it is. It returns "" if the forge does not tell.
func (c *Client) Account(ctx context.Context, token *oauth2.Token) (string, error) {
	if c.Profile.UserInfoURL == "" {
		return "", nil
	}
	var info map[string]any
	if err := c.getJSON(ctx, c.Profile.UserInfoURL, token, &info); err != nil {
		return "", err
	}
	name, _ := info[c.Profile.UserInfoName].(string)
	return Printable(name), nil
}
