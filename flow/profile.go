package flow

import (
	"fmt"
	"net"
	"net/url"

	"golang.org/x/oauth2"
)

// A Profile is what is special about a forge, or about any other host that settings describe. It is data: the rest
// of the package asks its fields and never which forge it is.
type Profile struct {
	// Name is how settings name the profile.
	Name string
	// Host is the git host that is recognised without any setting, "" if there is none.
	Host string
	// AuthURL, TokenURL and UserInfoURL are the endpoints, relative to the git host or absolute. UserInfoURL says
	// who a token belongs to; "" if the forge does not tell.
	AuthURL, TokenURL, UserInfoURL string
	// UserInfoName is the member of the user info that holds the account's name.
	UserInfoName string
	// Scopes are asked for at sign-in.
	Scopes []string
	// AuthStyle is how the client authenticates. It must be set: where it is not, x/oauth2 finds it out by sending
	// a one-time code twice.
	AuthStyle oauth2.AuthStyle
	// RedirectURL is a fixed redirect URI. "" is http://127.0.0.1 with any free port and no path.
	RedirectURL string
	// Issuer is what the authorization response must name as iss, where it names one (RFC 9207). "" is not checked.
	Issuer string
	// Username is the user name that git has to send with a token. If AnyUsername is set, the forge takes every
	// name, and this one stands in where none is known.
	Username    string
	AnyUsername bool
	// ClientURL is the page where an OAuth client is created.
	ClientURL string
}

// Profiles are the forges that are known, the most used first.
var Profiles = []Profile{
	{
		// https://developer.atlassian.com/cloud/bitbucket/oauth-2/
		Name:     "bitbucket",
		Host:     "bitbucket.org",
		AuthURL:  "/site/oauth2/authorize",
		TokenURL: "/site/oauth2/access_token",
		// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/#api-user-get
		UserInfoURL:  "https://api.bitbucket.org/2.0/user",
		UserInfoName: "username",
		// https://developer.atlassian.com/cloud/bitbucket/rest/intro/#bitbucket-oauth-2-0-scopes
		Scopes:    []string{"repository", "repository:write", "account"},
		AuthStyle: oauth2.AuthStyleInHeader,
		// "The literal string x-token-auth as a substitute for username is required", on the first page.
		Username:  "x-token-auth",
		ClientURL: "https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/",
	},
}

// Generic is the profile of a host that settings alone describe.
var Generic = Profile{
	Name:         "oidc",
	UserInfoName: "preferred_username",
	AuthStyle:    oauth2.AuthStyleInHeader,
	Username:     "oauth2",
	AnyUsername:  true,
}

// ByHost returns the profile of a git host (without a port) that needs no setting to be known.
func ByHost(host string) (profile Profile, found bool) {
	return find(func(p Profile) bool { return p.Host == host })
}

// ByName returns the profile that settings name.
func ByName(name string) (profile Profile, found bool) {
	if name == Generic.Name {
		return Generic, true
	}
	return find(func(p Profile) bool { return p.Name == name })
}

func find(match func(Profile) bool) (Profile, bool) {
	for _, profile := range Profiles {
		if match(profile) {
			return profile, true
		}
	}
	return Profile{}, false
}

// At returns the profile with its endpoints resolved against a git host, such as https://bitbucket.org. Where the
// forge's software runs on another host than its own, its absolute endpoints are left out: they are another server's.
func (p Profile) At(host *url.URL) (Profile, error) {
	for _, endpoint := range []*string{&p.AuthURL, &p.TokenURL, &p.UserInfoURL} {
		reference, err := url.Parse(*endpoint)
		if err != nil {
			return p, fmt.Errorf("the endpoint %q is not a URL", *endpoint)
		}
		switch {
		case *endpoint == "":
		case reference.IsAbs() && p.Host != "" && p.Host != host.Hostname():
			*endpoint = ""
		default:
			*endpoint = host.ResolveReference(reference).String()
		}
	}
	return p, nil
}

// checkEndpoint refuses an endpoint to which no secret may be sent: one that is not https, unless it is on this
// machine (RFC 6749, section 3.2; RFC 8252, section 8.3).
func checkEndpoint(name, endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "":
		return fmt.Errorf("%s is not set", name)
	case err == nil && u.User != nil:
		return fmt.Errorf("%s must not hold a user name or password", name) // nor does this message
	case err != nil || u.Hostname() == "" || u.Fragment != "":
		return fmt.Errorf("%s is not an absolute URL: %q", name, endpoint)
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s must be https: %q", name, endpoint)
}

// isLoopback reports whether a host name or address is this machine's own.
func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}
