package helper

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// RequestOf returns the request that names an origin, and no account.
func RequestOf(origin string) *Credential {
	protocol, host, _ := strings.Cut(origin, "://")
	return &Credential{Attributes: map[string]string{"protocol": protocol, "host": host}}
}

// ParseTarget returns the request that git would make for what a person names: a URL, or a host alone, which means
// https. A name in the URL is the account that is meant. Secrets are refused, because everybody on the machine can
// read the arguments of a process.
func ParseTarget(target string) (*Credential, error) {
	text := target
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || hasControl(u.Host) || strings.ContainsAny(u.Host, " @") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("not a URL or a host: %q", target)
	}
	if _, secret := u.User.Password(); secret {
		return nil, errors.New("the URL has a password in it, which does not belong there")
	}
	c := &Credential{Attributes: map[string]string{"protocol": u.Scheme, "host": u.Host}}
	if name := u.User.Username(); name != "" && !hasControl(name) {
		c.Attributes["username"] = name
	}
	if !isWebHost(c.Origin()) {
		return nil, fmt.Errorf("not a web host, so nobody signs in there: %q", target)
	}
	return c, nil
}
