package flow

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// clientCredentials obtains a token for the client itself (RFC 6749, section 4.4).
func (c *Client) clientCredentials(ctx context.Context) (*oauth2.Token, error) {
	form := c.scoped(url.Values{"grant_type": {"client_credentials"}})
	if c.Profile.Audience != "" {
		form.Set("audience", c.Profile.Audience)
	}
	return c.obtain(ctx, tokenRequest{on: ForMint, form: form})
}

// scoped adds the scopes to a form, if there are any.
func (c *Client) scoped(form url.Values) url.Values {
	if len(c.Profile.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Profile.Scopes, " "))
	}
	return form
}
