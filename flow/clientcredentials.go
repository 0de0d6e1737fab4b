package flow

import (
	"context"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// clientCredentials obtains a token for the client itself (RFC 6749, section 4.4).
func (c *Client) clientCredentials(ctx context.Context) (*oauth2.Token, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	form := url.Values{}
	if c.Profile.Audience != "" {
		form.Set("audience", c.Profile.Audience)
	}
	token, err := c.tokenRequest(form).Token(ctx)
	return c.checked(token, err, unattendedErrors)
}

// tokenRequest is one request to the token endpoint by the client: for its own credentials, or for another grant
// where form names its grant_type.
func (c *Client) tokenRequest(form url.Values) *clientcredentials.Config {
	return &clientcredentials.Config{
		ClientID: c.ID, ClientSecret: c.Secret,
		TokenURL:       c.Profile.TokenURL,
		AuthStyle:      c.authStyle(),
		Scopes:         c.Profile.Scopes,
		EndpointParams: form,
	}
}
