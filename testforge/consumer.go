package testforge

import (
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var _ op.Client = (*consumer)(nil)

// consumer is the forge's one OAuth client, in Bitbucket's word.
type consumer struct {
	id       string
	callback *url.URL
	public   bool // has no secret
}

func (c *consumer) GetID() string                       { return c.id }
func (c *consumer) RedirectURIs() []string              { return []string{c.callback.String()} }
func (c *consumer) PostLogoutRedirectURIs() []string    { return nil }
func (c *consumer) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }
func (c *consumer) AuthMethod() oidc.AuthMethod {
	if c.public {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}
func (c *consumer) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *consumer) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeClientCredentials, oidc.GrantTypeDeviceCode}
}
func (c *consumer) LoginURL(id string) string {
	return consentPath + "?" + url.Values{"id": {id}}.Encode()
}
func (c *consumer) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c *consumer) IDTokenLifetime() time.Duration       { return time.Minute }
func (c *consumer) DevMode() bool                        { return false }
func (c *consumer) IDTokenUserinfoClaimsAssertion() bool { return false }
func (c *consumer) ClockSkew() time.Duration             { return 0 }
func (c *consumer) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return noScopes
}
func (c *consumer) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return noScopes
}

// IsScopeAllowed lets every scope through, because the library would drop an
// unknown one without a word; [storage.CreateAuthRequest] refuses it.
func (c *consumer) IsScopeAllowed(string) bool { return true }

func noScopes([]string) []string { return nil }

// allows is stricter than the library, to which localhost and 127.0.0.1 are the
// same: everything but the port must be as registered, and the port too if one is.
func (c *consumer) allows(redirectURI string) bool {
	got, err := url.Parse(redirectURI)
	if err != nil {
		return false
	}
	if c.callback.Port() == "" {
		got.Host = strings.TrimSuffix(got.Host, ":"+got.Port())
	}
	return *got == *c.callback
}
