package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Revoke ends a refresh token and an access token, so that nobody can use them who finds them. The refresh token goes
// first: with it the server should end the access token too, but need not (RFC 7009, section 2.1). An error that wraps
// [errors.ErrUnsupported] means that the server has no endpoint for it.
func (c *Client) Revoke(ctx context.Context, token *oauth2.Token) error {
	if c.Profile.RevokeURL == "" {
		return errors.ErrUnsupported
	}
	if err := c.checkRevokeURL(); err != nil {
		return err
	}
	both := newSecrets(token.RefreshToken, token.AccessToken)
	if c.Profile.RevokeStyle == RevokeDelete {
		return c.revoke(ctx, both, func(ctx context.Context) (*http.Request, error) { return c.deletion(ctx, token.AccessToken) })
	}
	for _, kind := range []struct{ hint, token string }{
		{"refresh_token", token.RefreshToken}, {"access_token", token.AccessToken},
	} {
		if kind.token == "" {
			continue
		}
		err := c.revoke(ctx, both, func(ctx context.Context) (*http.Request, error) {
			return c.authenticated(ctx, c.Profile.RevokeURL, url.Values{"token": {kind.token}, "token_type_hint": {kind.hint}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRevokeURL keeps tokens from a place that only a setting names.
func (c *Client) checkRevokeURL() error {
	if err := CheckEndpoint("oauthRevokeURL", c.Profile.RevokeURL); err != nil {
		return err
	}
	if !c.vouched(c.Profile.RevokeURL, func(p Profile) string { return p.RevokeURL }) {
		return fmt.Errorf("oauthRevokeURL must be on the host of the token endpoint: %q", c.Profile.RevokeURL)
	}
	return nil
}

// revoke sends one token. known are the secrets of the sign-in that the server may repeat. "The authorization server responds
// with HTTP status code 200 if the token has been revoked successfully or if the client submitted an invalid token" (RFC 7009,
// section 2.2); Bitbucket's and GitHub's say 204.
func (c *Client) revoke(ctx context.Context, known secrets, newRequest func(context.Context) (*http.Request, error)) error {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := newRequest(ctx)
	if err != nil {
		return err
	}
	answer, err := c.send(request)
	if err == nil && !answer.succeeded() {
		err = answer.refusal()
	}
	if err != nil {
		return c.inWords(err, c.Profile.RevokeURL, ForRevocation, append(c.secrets(), known...))
	}
	return nil
}

// deletion is the request of [RevokeDelete].
func (c *Client) deletion(ctx context.Context, token string) (*http.Request, error) {
	body, err := json.Marshal(map[string]string{"access_token": token})
	if err != nil {
		return nil, err
	}
	endpoint := strings.ReplaceAll(c.Profile.RevokeURL, "CLIENT_ID", url.PathEscape(c.ID))
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(c.ID, c.Secret.Reveal())
	return request, nil
}
