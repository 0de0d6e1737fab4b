package flow

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// A Profile is what is special about a forge, or about any other host that settings describe. It is data: the rest
// of the package asks its fields and never which forge it is.
type Profile struct {
	// Name is how settings name the profile, and Aliases are what other helpers call it.
	Name    string
	Aliases []string
	// Host is the git host that is recognised without any setting, "" if there is none. MoreHosts are further ones;
	// a leading dot stands for every host below that name.
	Host      string
	MoreHosts []string
	// Realms are what the forge's software calls itself in the WWW-Authenticate header of any host, none if that is not
	// enough to recognise it. Only a profile whose endpoints for signing in lie on the git host itself has one.
	Realms []string
	// HasMetadata says that the forge describes its endpoints at /.well-known/openid-configuration of any host (OpenID Connect
	// Discovery, section 4), which is another way to recognise it.
	HasMetadata bool
	// The endpoints, relative to the git host or absolute. UserInfoURL says who a token belongs to, RevokeURL ends a
	// sign-in (RFC 7009, unless RevokeStyle says otherwise), DeviceAuthURL begins one on another device (RFC 8628).
	// "" is one that the forge does not have.
	AuthURL, TokenURL, UserInfoURL, RevokeURL, DeviceAuthURL string
	// Elsewhere takes the place of UserInfoURL and RevokeURL on a host that is none of the profile's own.
	Elsewhere struct{ UserInfoURL, RevokeURL string }
	// JWTGrantType is the grant_type for a JWT that the client signs with its secret, "" if the forge has none.
	JWTGrantType string
	// UserInfoName is the member of the user info that holds the account's name.
	UserInfoName string
	// RevokeStyle is how a token is revoked.
	RevokeStyle RevokeStyle
	// Scopes are asked for at sign-in. CommaScopes says that an answer separates them by commas.
	Scopes      []string
	CommaScopes bool
	// AuthStyle is how the client authenticates. It must be set: where it is not, x/oauth2 finds it out by sending
	// a one-time code twice. A client without a secret always sends its id in the body (RFC 6749, section 3.2.1).
	AuthStyle oauth2.AuthStyle
	// ClientID is the public client that the forge's software itself brings for native applications, "" if every
	// client has to be registered. ClientName is what the consent page calls it.
	ClientID, ClientName string
	// RedirectURL is a fixed redirect URI. "" is http://127.0.0.1 with any free port and no path.
	RedirectURL string
	// RefreshRedirect says that a refresh has to name the redirect URI too. RefreshEndsToken says that a refresh ends
	// the life of the access token before it.
	RefreshRedirect, RefreshEndsToken bool
	// Errors are what the forge means by its error codes, where that is not what the standards say. The first that fits
	// counts.
	Errors []Meaning
	// Issuer is what the authorization response must name as iss, where it names one (RFC 9207). "" is not checked.
	// With RequireIssuer it must name one.
	Issuer        string
	RequireIssuer bool
	// Discovered are the endpoints that the issuer itself has named. They may lie on any host.
	Discovered []string
	// Audience is the API that the token shall be good for, as Auth0 wants it; "" is not sent.
	Audience string
	// Prompt is sent along as prompt (OpenID Connect Core, section 3.1.2.1), if set.
	Prompt string
	// LoginHint is the parameter that chooses an account on the sign-in page, "" if there is none.
	LoginHint string
	// Username is the user name that git has to send with a token. If AnyUsername is set, the forge takes every
	// name, and this one stands in where none is known.
	Username    string
	AnyUsername bool
	// TokenUsers are user names that the forge gives to kinds of token, and so are nobody's. FoldsNames says that it takes
	// names which differ in the case of letters for the same.
	TokenUsers []string
	FoldsNames bool

	// What a person needs to know who creates an OAuth client: ClientURL is the page that says how, ClientForm where
	// the form is, ClientPermissions what to tick there, and ClientAdvice what else to mind. The form may have a
	// word in capital letters in it for what the person knows.
	ClientURL, ClientForm, ClientPermissions, ClientAdvice string
	// GrantsURL is the page where people see to whom they have granted access, and can take it back. It and
	// ClientForm are relative to the git host, as the endpoints are.
	GrantsURL string
}

// A RevokeStyle is how a server wants to be told that a token is to be revoked.
type RevokeStyle int

const (
	// RevokePost is the form of RFC 7009.
	RevokePost RevokeStyle = iota
	// RevokeDelete is GitHub's: DELETE with the client's id and secret as Basic authentication and
	// {"access_token": TOKEN} as body. CLIENT_ID in RevokeURL stands for the client's id.
	RevokeDelete
)

// ByHost returns the profile of a git host (without a port) that needs no setting to be known.
func ByHost(host string) (profile Profile, found bool) {
	return find(func(p Profile) bool { return p.has(host) })
}

// has reports whether a host is one of the profile's own.
func (p Profile) has(host string) bool {
	return host != "" && slices.ContainsFunc(append(p.MoreHosts, p.Host), func(own string) bool {
		return host == own || strings.HasPrefix(own, ".") && strings.HasSuffix(host, own)
	})
}

// ByName returns the profile that settings name, by its own name or by another helper's.
func ByName(name string) (profile Profile, found bool) {
	named := func(p Profile) bool { return p.Name == name || slices.Contains(p.Aliases, name) }
	if named(Generic) {
		return Generic, true
	}
	return find(named)
}

// ByRealm returns the profile of a self-hosted forge by what it says of itself in the values of WWW-Authenticate
// (RFC 9110, section 11.6.1). Anybody can claim to be anything there, so the profile must not be used for more than to
// find the endpoints on that very host.
func ByRealm(challenges []string) (profile Profile, found bool) {
	for _, challenge := range challenges {
		for _, realm := range realmsIn(challenge) {
			profile, found = find(func(p Profile) bool {
				return slices.ContainsFunc(p.Realms, func(own string) bool { return strings.EqualFold(own, realm) })
			})
			if found {
				return profile, true
			}
		}
	}
	return Profile{}, false
}

// realmsIn returns the realms in the value of a WWW-Authenticate header, which may hold several challenges: each is a token,
// or a quoted string with escapes (RFC 9110, sections 5.6.4 and 11.5).
func realmsIn(challenge string) (realms []string) {
	parameter := regexp.MustCompile(`(?i)(?:^|[ \t,])realm[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t,;"]+))`)
	for _, match := range parameter.FindAllStringSubmatch(challenge, -1) {
		quoted := regexp.MustCompile(`\\(.)`).ReplaceAllString(match[1], "$1")
		realms = append(realms, cmp.Or(quoted, match[2]))
	}
	return realms
}

func find(match func(Profile) bool) (Profile, bool) {
	for _, profile := range Profiles {
		if match(profile) {
			return profile, true
		}
	}
	return Profile{}, false
}

// At returns the profile with its endpoints resolved against a git host, such as https://bitbucket.org, or the path below
// which the forge is there, such as https://git.example.com/gitea. Where the forge's software runs on another host than its
// own, its absolute endpoints are left out: they are another server's. The error is about an endpoint that is no URL.
func (p Profile) At(host *url.URL) (Profile, error) {
	foreign := p.Host != "" && !p.has(host.Hostname())
	if foreign && p.Elsewhere.UserInfoURL != "" {
		p.UserInfoURL = p.Elsewhere.UserInfoURL
	}
	if foreign && p.Elsewhere.RevokeURL != "" {
		p.RevokeURL = p.Elsewhere.RevokeURL
	}
	for _, endpoint := range []*string{
		&p.AuthURL, &p.TokenURL, &p.UserInfoURL, &p.RevokeURL, &p.DeviceAuthURL, &p.ClientForm, &p.GrantsURL,
	} {
		resolved, err := Resolve(host, below(host.Path, *endpoint))
		if err != nil {
			return p, err
		}
		if foreign && resolved == *endpoint {
			resolved = ""
		}
		*endpoint = resolved
	}
	return p, nil
}

// below puts the path below which a forge is before an endpoint that is relative to the forge.
func below(base, endpoint string) string {
	if !strings.HasPrefix(endpoint, "/") {
		return endpoint
	}
	return strings.TrimSuffix(base, "/") + endpoint
}

// Resolve returns an endpoint as an absolute URL: one that is relative is on the git host. "" stays "".
func Resolve(host *url.URL, endpoint string) (string, error) {
	reference, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("the endpoint %q is not a URL", endpoint)
	}
	if endpoint == "" || reference.IsAbs() {
		return endpoint, nil
	}
	return host.ResolveReference(reference).String(), nil
}
