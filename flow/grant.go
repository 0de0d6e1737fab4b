package flow

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/oauth2"
)

// A Grant is a way to obtain tokens, by the name that settings give it.
type Grant string

const (
	// GrantCode asks the person in the browser: [Client.SignIn].
	GrantCode Grant = "code"
	// GrantDevice asks the person on any device: [Client.SignInOnDevice].
	GrantDevice Grant = "device"
	// GrantClientCredentials asks nobody; the client acts for itself: [Client.Mint].
	GrantClientCredentials Grant = "client_credentials"
	// GrantJWT asks nobody; the client shows a JWT that it has signed itself: [Client.Mint].
	GrantJWT Grant = "jwt"
)

// Unattended reports whether the grant asks nobody.
func (g Grant) Unattended() bool { return g == GrantClientCredentials || g == GrantJWT }

// Mint obtains a token by a grant that asks nobody. It may be called as often as a token is needed, so a refresh
// token, which some servers add all the same, is not kept.
func (c *Client) Mint(ctx context.Context) (*oauth2.Token, error) {
	mint := c.clientCredentials
	if c.Grant == GrantJWT {
		mint = c.exchangeJWT
	}
	token, err := mint(ctx)
	if err != nil {
		return nil, err
	}
	token.RefreshToken = ""
	return token, nil
}

// checkGrant reports what the client's grant lacks. The error wraps [ErrNoDevice] where it is the forge that lacks it.
func (c *Client) checkGrant() error {
	switch c.Grant {
	case GrantCode, "":
		return CheckEndpoint("oauthAuthURL", c.Profile.AuthURL)
	case GrantDevice:
		if c.Profile.DeviceAuthURL == "" {
			return fmt.Errorf("%w: %s", ErrNoDevice, c.GitHost)
		}
		return nil
	case GrantClientCredentials:
		return c.checkSecret()
	case GrantJWT:
		return errors.Join(c.checkSecret(), c.checkJWT())
	}
	return fmt.Errorf("oauthGrant is %q; it can be code, device, client_credentials or jwt", c.Grant)
}

// checkSecret reports that there is no secret, without which a grant that asks nobody would give tokens to anybody.
func (c *Client) checkSecret() error {
	if c.Secret.IsZero() {
		return fmt.Errorf("the grant %s needs a secret, and oauthClientSecret is not set", c.Grant)
	}
	return nil
}
