package flow

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/secret"
)

// Tokens are asked for here alone, whatever the grant, and not by x/oauth2: that refuses many an answer which others
// accept, after the one-time code, or the refresh token, was used up for it.

// A tokenRequest is one request to the token endpoint (RFC 6749, section 3.2).
type tokenRequest struct {
	on   Request
	form url.Values
	// authorization stands in the header in the place of the client's id and secret, "" if these do.
	authorization secret.String
	// sent are the secrets in the form, and others that the server knows.
	sent secrets
}

// obtain asks for a token, once. The error can be shown.
func (c *Client) obtain(ctx context.Context, r tokenRequest) (*oauth2.Token, error) {
	answer, err := c.ask(ctx, r)
	return c.tokenIn(answer, err, r)
}

// ask sends a request for a token. The error, a [refusal] among others, is one for [Client.inWords].
func (c *Client) ask(ctx context.Context, r tokenRequest) (*reply, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := c.newTokenRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	answer, err := c.send(request)
	if err == nil {
		err = answer.lacks("access_token")
	}
	return answer, err
}

func (c *Client) newTokenRequest(ctx context.Context, r tokenRequest) (*http.Request, error) {
	if r.authorization.IsZero() {
		return c.authenticated(ctx, c.Profile.TokenURL, r.form)
	}
	request, err := newForm(ctx, c.Profile.TokenURL, r.form)
	if err == nil {
		request.Header.Set("Authorization", r.authorization.Reveal())
	}
	return request, err
}

// tokenIn returns the token in an answer, if it is one that git could send.
func (c *Client) tokenIn(answer *reply, err error, r tokenRequest) (*oauth2.Token, error) {
	sent := append(c.secrets(), r.sent...)
	if err != nil {
		return nil, c.inWords(err, c.Profile.TokenURL, r.on, sent)
	}
	members, host := answer.members, hostOf(c.Profile.TokenURL)
	token := &oauth2.Token{
		AccessToken: members.text("access_token"), TokenType: members.text("token_type"), RefreshToken: members.text("refresh_token"),
	}
	hidden := append(sent, answer.secrets()...)
	if strings.ContainsFunc(token.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("%w: %s sent one with characters that no token has (RFC 6750, section 2.1)", ErrToken, host)
	}
	if len(token.AccessToken) > maxToken {
		return nil, fmt.Errorf("%w: %s sent one of %d bytes, and git takes no line of more than 65,535",
			ErrToken, host, len(token.AccessToken))
	}
	if kind := token.Type(); slices.Contains(boundTypes, strings.ToLower(kind)) {
		return nil, fmt.Errorf("%w: %s sent one of the unknown type %q", ErrToken, host, printable.Short(hidden.cut(kind)))
	}
	token.TokenType = "" // Some call it JWT or N_A: whoever bears it may show it all the same.
	if life := members.duration("expires_in"); life > 0 {
		token.Expiry, token.ExpiresIn = time.Now().Add(life), int64(life/time.Second)
	}
	return token.WithExtra(map[string]any{
		"scope": hidden.cut(c.granted(members)), "id_token": members.text("id_token"),
	}), nil
}

// maxToken is how long an access token may be that fits into a line of git's credential protocol.
const maxToken = 65000

// boundTypes are types of tokens that are not enough to show (RFC 6749, section 7.1; RFC 9449, section 5).
var boundTypes = []string{"mac", "pop", "dpop", "hmac"}

// secrets are those that the client sends to any endpoint where it authenticates: its secret, and the header that it may
// be in, of which a short secret may not be recognised as a part.
func (c *Client) secrets() secrets {
	if c.Secret.IsZero() {
		return nil
	}
	plain := c.Secret.Reveal()
	encode := func(id, password string) string {
		return base64.StdEncoding.EncodeToString([]byte(id + ":" + password))
	}
	return newSecrets(plain, encode(c.ID, plain), encode(url.QueryEscape(c.ID), url.QueryEscape(plain)))
}

// authenticated makes a request of the client for itself (RFC 6749, section 2.3.1).
func (c *Client) authenticated(ctx context.Context, endpoint string, form url.Values) (*http.Request, error) {
	inHeader := c.authStyle() == oauth2.AuthStyleInHeader
	if !inHeader {
		form.Set("client_id", c.ID)
		if !c.Secret.IsZero() {
			form.Set("client_secret", c.Secret.Reveal())
		}
	}
	request, err := newForm(ctx, endpoint, form)
	if err == nil && inHeader {
		request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret.Reveal()))
	}
	return request, err
}

// newForm is a form that is answered in JSON.
func newForm(ctx context.Context, endpoint string, form url.Values) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	return request, nil
}

// authStyle is how the client authenticates. A public client has nothing to authenticate with and says in the body who
// it is (RFC 6749, section 3.2.1).
func (c *Client) authStyle() oauth2.AuthStyle {
	if c.Secret.IsZero() {
		return oauth2.AuthStyleInParams
	}
	return c.Profile.AuthStyle
}

// CheckCredentials reports characters that no client id and no secret has. The printable ones of ASCII can be in them,
// spaces too (RFC 6749, appendix A.1 and A.2).
func CheckCredentials(id string, secret secret.String) error {
	if strings.ContainsFunc(id+secret.Reveal(), func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return ErrCharacters
	}
	return nil
}
