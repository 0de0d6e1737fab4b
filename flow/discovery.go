package flow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// Metadata is what an authorization server says of itself (RFC 8414, section 2; OpenID Connect Discovery, section 3).
type Metadata struct {
	Issuer         string   `json:"issuer"`
	AuthURL        string   `json:"authorization_endpoint"`
	TokenURL       string   `json:"token_endpoint"`
	DeviceAuthURL  string   `json:"device_authorization_endpoint"`
	RevokeURL      string   `json:"revocation_endpoint"`
	UserInfoURL    string   `json:"userinfo_endpoint"`
	Scopes         []string `json:"scopes_supported"`
	Authentication []string `json:"token_endpoint_auth_methods_supported"`
	NamesIssuer    bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207, section 3
}

// Discover asks the server that c.Profile.Issuer names for its metadata. An issuer that is not https, or that the
// document does not name letter for letter, is an [ErrIssuer] (RFC 8414, sections 2 and 3.3). The endpoints are not checked
// yet; [Client.Check] does that.
func (c *Client) Discover(ctx context.Context) (*Metadata, error) {
	issuer := c.Profile.Issuer
	if err := checkEndpoint("oauthIssuer", issuer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	var errs []error
	for _, address := range wellKnown(issuer) {
		found := &Metadata{}
		err := c.getJSON(ctx, address, nil, found)
		switch {
		case errors.As(err, new(statusError)):
			errs = append(errs, err)
			continue
		case err != nil:
			return nil, fmt.Errorf("looking up %s: %w", issuer, err)
		case found.Issuer != issuer:
			return nil, fmt.Errorf("%w: oauthIssuer is %q, and the server there calls itself %q", ErrIssuer, issuer, said(found.Issuer, ""))
		}
		return found, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrIssuer, errors.Join(errs...))
}

// wellKnown returns where an issuer's metadata may be: RFC 8414, section 3.1, puts the well-known name before the path,
// OpenID Connect Discovery, section 4, after it, without the slash in which the issuer may end, as Auth0's does.
func wellKnown(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	return []string{
		origin + path + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
	}
}

// Apply returns a profile with what the server says of itself in it.
func (m *Metadata) Apply(p Profile) Profile {
	p.Issuer, p.RequireIssuer = m.Issuer, m.NamesIssuer
	p.AuthURL, p.TokenURL, p.DeviceAuthURL, p.RevokeURL = m.AuthURL, m.TokenURL, m.DeviceAuthURL, m.RevokeURL
	p.UserInfoURL, p.UserInfoName = m.UserInfoURL, Generic.UserInfoName
	p.Discovered = []string{m.UserInfoURL, m.RevokeURL}
	p.LoginHint = "login_hint" // OpenID Connect Core, section 3.1.2.1; a server that does not know it ignores it.
	// Without the member it is client_secret_basic (RFC 8414, section 2).
	if len(m.Authentication) > 0 && !slices.Contains(m.Authentication, "client_secret_basic") {
		p.AuthStyle = oauth2.AuthStyleInParams
	}
	return p
}

// AddScopes adds what a sign-in that lasts needs at such a server: openid where nothing else is asked for, and
// offline_access, for which consent has to be asked (OpenID Connect Core, section 11).
func (m *Metadata) AddScopes(p Profile) Profile {
	if len(p.Scopes) == 0 && slices.Contains(m.Scopes, "openid") {
		p.Scopes = []string{"openid"}
	}
	if slices.Contains(m.Scopes, "offline_access") && !slices.Contains(p.Scopes, "offline_access") {
		p.Scopes = append(slices.Clone(p.Scopes), "offline_access")
	}
	if slices.Contains(p.Scopes, "offline_access") {
		p.Prompt = "consent"
	}
	return p
}
