package helper

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"git-credential-grant/internal/secret"
)

// RequestOf returns the request that names an origin, and no account.
func RequestOf(origin Origin) *Credential {
	return &Credential{Origin: origin, Attributes: Attributes{"protocol": secret.New(origin.protocol), "host": secret.New(origin.host)}}
}

// ParseTarget returns the request that git would make for what a person names: a URL, or a host alone, which means
// https, and the path in it, "" for none. A name in the URL is the account that is meant. Secrets are refused, because
// everybody on the machine can read the arguments of a process. With an error about a place where nobody can sign in comes the
// request for it: something else may be kept for it.
func ParseTarget(target string) (request *Credential, path string, err error) {
	text := target
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || hasControl(u.Host) || strings.ContainsAny(u.Host, " @") || u.RawQuery != "" || u.Fragment != "" {
		return nil, "", fmt.Errorf("not a URL or a host: %q", target)
	}
	if _, secret := u.User.Password(); secret {
		return nil, "", errors.New("the URL has a password in it, which does not belong there")
	}
	origin := newOrigin(u.Scheme, u.Host)
	request = RequestOf(origin)
	if _, dotted := origin.dotless(); dotted {
		return request, "", fmt.Errorf("%w: %q", ErrDotted, target)
	}
	if !origin.IsWeb() {
		return request, "", fmt.Errorf("not a web host, so nobody signs in there: %q", target)
	}
	if name := u.User.Username(); name != "" && !hasControl(name) {
		request.Attributes.Set("username", name)
	}
	return request, strings.TrimSuffix(u.Path, "/"), nil
}
