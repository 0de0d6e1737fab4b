package flow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
)

// Metadata is what an authorization server says of itself (RFC 8414, section 2; OpenID Connect Discovery, section 3).
type Metadata struct {
	Issuer                                                   string
	AuthURL, TokenURL, DeviceAuthURL, RevokeURL, UserInfoURL string
	Scopes                                                   []string
	Authentication                                           []string // how a client may authenticate to the token endpoint
	NamesIssuer                                              bool     // RFC 9207, section 3
}

// newMetadata reads a document. A member that is of another type than it should be is taken for what is meant, or left out.
func newMetadata(document map[string]any) *Metadata {
	text := func(name string) string {
		text, _ := document[name].(string)
		return text
	}
	return &Metadata{
		Issuer:         text("issuer"),
		AuthURL:        text("authorization_endpoint"),
		TokenURL:       text("token_endpoint"),
		DeviceAuthURL:  text("device_authorization_endpoint"),
		RevokeURL:      text("revocation_endpoint"),
		UserInfoURL:    text("userinfo_endpoint"),
		Scopes:         listOf(document["scopes_supported"]),
		Authentication: listOf(document["token_endpoint_auth_methods_supported"]),
		NamesIssuer:    fmt.Sprint(document["authorization_response_iss_parameter_supported"]) == "true",
	}
}

// listOf returns the strings of a list. Words in one string are separated as scopes are in a request.
func listOf(member any) (words []string) {
	switch member := member.(type) {
	case string:
		return strings.Fields(member)
	case []any:
		for _, word := range member {
			if word, ok := word.(string); ok {
				words = append(words, word)
			}
		}
	}
	return words
}

// ErrMetadata: what the server says of itself cannot be used.
var ErrMetadata = errors.New("what the server says of itself is wrong")

// Discover asks an issuer for its metadata. An issuer that is not https, or that the
// document does not name letter for letter, is an [ErrIssuer] (RFC 8414, sections 2 and 3.3). The endpoints that a sign-in
// needs are not checked yet; [Client.Check] does that, and [Metadata.Check].
func (c *Client) Discover(ctx context.Context, issuer string) (*Metadata, error) {
	if err := CheckEndpoint("oauthIssuer", issuer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	var errs []error
	for _, address := range wellKnown(issuer) {
		var document map[string]any
		err := c.getJSON(ctx, address, nil, &document)
		found := newMetadata(document)
		switch {
		case errors.As(err, new(statusError)), errors.Is(err, errNonsense):
			errs = append(errs, err)
		case err != nil:
			return nil, fmt.Errorf("looking up %s: %w", issuer, err)
		case found.Issuer == "":
			errs = append(errs, fmt.Errorf("%s names no issuer", address))
		case found.Issuer != issuer:
			return nil, fmt.Errorf("%w: oauthIssuer is %q, and the server there calls itself %q",
				ErrIssuer, issuer, printable.Short(found.Issuer))
		default:
			c.dropUnusable(found)
			return found, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrIssuer, errors.Join(errs...))
}

// followSecurely follows redirects from one well-known place to another, but not to where anybody could answer. Whoever
// answers in the end has to be the issuer.
func followSecurely(next *http.Request, before []*http.Request) error {
	const most = 10
	if err := CheckEndpoint("the address that it redirects to", next.URL.String()); err != nil || len(before) >= most {
		return http.ErrUseLastResponse
	}
	return nil
}

// dropUnusable leaves out endpoints that are of use, but that nothing needs, where they cannot be used.
func (c *Client) dropUnusable(m *Metadata) {
	for _, optional := range []struct {
		name     string
		endpoint *string
	}{
		{"device_authorization_endpoint", &m.DeviceAuthURL}, {"revocation_endpoint", &m.RevokeURL}, {"userinfo_endpoint", &m.UserInfoURL},
	} {
		if err := CheckEndpoint(optional.name, *optional.endpoint); *optional.endpoint != "" && err != nil {
			c.trace("the metadata of %s: %v; going on without it", m.Issuer, err)
			*optional.endpoint = ""
		}
	}
}

// Check reports as an [ErrMetadata] that an endpoint which a sign-in needs cannot be used, and that the server has named it
// so, and no setting.
func (m *Metadata) Check(p Profile) error {
	for _, needed := range []struct {
		name, named, used string
	}{
		{"authorization_endpoint", m.AuthURL, p.AuthURL}, {"token_endpoint", m.TokenURL, p.TokenURL},
	} {
		if err := CheckEndpoint(needed.name, needed.used); err != nil && needed.used == needed.named {
			return fmt.Errorf("%w: in the metadata of %s, %w", ErrMetadata, m.Issuer, err)
		}
	}
	return nil
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
	p.AuthURL, p.TokenURL, p.DeviceAuthURL = m.AuthURL, m.TokenURL, m.DeviceAuthURL
	if !sameHost(p.DeviceAuthURL, p.TokenURL) { // where the client's secret would go; see [Client.Check]
		p.DeviceAuthURL = ""
	}
	p.RevokeURL, p.UserInfoURL, p.UserInfoName = m.RevokeURL, m.UserInfoURL, Generic.UserInfoName
	p.Discovered = []string{p.UserInfoURL, p.RevokeURL}
	p.LoginHint = "login_hint" // OpenID Connect Core, section 3.1.2.1; a server that does not know it ignores it.
	// Without the member it is client_secret_basic (RFC 8414, section 2).
	if len(m.Authentication) > 0 && !slices.Contains(m.Authentication, "client_secret_basic") {
		p.AuthStyle = oauth2.AuthStyleInParams
	}
	return p
}

// AddScopes adds what a sign-in that lasts needs at such a server: openid where nothing else is asked for, and
// offline_access, for which consent has to be asked (OpenID Connect Core, section 11). It is not for scopes that a person
// has set.
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
