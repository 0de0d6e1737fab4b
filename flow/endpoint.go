package flow

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// CheckEndpoint refuses an endpoint to which no secret may be sent: one that is not https, unless it is on this
// machine (RFC 6749, section 3.2; RFC 8252, section 8.3).
func CheckEndpoint(name, endpoint string) error {
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

// checkUserInfoURL keeps the access token from a place that only a setting names.
func (c *Client) checkUserInfoURL() error {
	endpoint := c.Profile.UserInfoURL
	if endpoint == "" {
		return nil
	}
	if err := CheckEndpoint("oauthUserInfoURL", endpoint); err != nil {
		return err
	}
	scheme, _, _ := strings.Cut(endpoint, ":")
	if c.vouched(endpoint, func(p Profile) string { return p.UserInfoURL }) || sameHost(endpoint, scheme+"://"+c.GitHost) {
		return nil
	}
	return fmt.Errorf("oauthUserInfoURL must be on the host of git, or of the token endpoint: %q", endpoint)
}

// checkDeviceAuthURL keeps the client's secret from a place that only a setting names, or an issuer that it names: the code is
// asked for where the token comes from.
func (c *Client) checkDeviceAuthURL() error {
	endpoint := c.Profile.DeviceAuthURL
	if endpoint == "" {
		return nil
	}
	if err := CheckEndpoint("oauthDeviceAuthURL", endpoint); err != nil {
		return err
	}
	if known, _ := ByName(c.Profile.Name); c.Secret.IsZero() || known.DeviceAuthURL == endpoint || sameHost(endpoint, c.Profile.TokenURL) {
		return nil
	}
	return fmt.Errorf("oauthDeviceAuthURL must be on the host of the token endpoint: %q", endpoint)
}

// vouched reports whether a token may go to an endpoint: where it came from, or where the forge's profile or the issuer says.
func (c *Client) vouched(endpoint string, named func(Profile) string) bool {
	known, _ := ByName(c.Profile.Name)
	return named(known) == endpoint || slices.Contains(c.Profile.Discovered, endpoint) || sameHost(endpoint, c.Profile.TokenURL)
}

// sameHost reports whether two URLs are on one server: one name and one port.
func sameHost(a, b string) bool {
	first, second := serverOf(a), serverOf(b)
	return first == second && first != ""
}

// serverOf returns the host and port of a URL, "" if there is none. Only A to Z are the same in either case: other letters
// become ASCII, and the name of another server, as the Kelvin sign does.
func serverOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	name := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, u.Hostname())
	return net.JoinHostPort(name, cmp.Or(u.Port(), port))
}
