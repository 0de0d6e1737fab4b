package agent

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"git-credential-grant/internal/secret"
)

// A Rule allows an origin, or a part of its paths.
type Rule struct {
	protocol, host string
	path           string // "" for all, else without slashes around it
}

// ParseRule reads https://host, https://host/path or https://host/path/*. A path stands for itself, with or without .git, and for
// all that is below it. Names are in ASCII; those of other letters have a form in it (xn--…).
func ParseRule(text string) (Rule, error) {
	protocol, rest, found := strings.Cut(text, "://")
	host, path, hasPath := strings.Cut(rest, "/")
	hasPath = hasPath && path != "" && path != "*"
	rule := Rule{protocol: foldASCII(protocol)}
	rule.host = withoutUsualPort(rule.protocol, foldASCII(host))
	if hasPath {
		rule.path = strings.TrimSuffix(strings.TrimSuffix(path, "*"), "/")
	}
	switch {
	case !found || rule.protocol != "https" && rule.protocol != "http":
		return Rule{}, fmt.Errorf("%q is no https:// URL", text)
	case !isHost(rule.host):
		return Rule{}, fmt.Errorf("%q names no host in the letters of ASCII, or more than a host", text)
	case hasPath && (!isPath(rule.path) || strings.Contains(rule.path, "*") ||
		strings.HasSuffix(path, "*") && !strings.HasSuffix(path, "/*")):
		return Rule{}, fmt.Errorf("%q has a path that could mean several things", text)
	}
	return rule, nil
}

// Origin is the place without a path.
func (r Rule) Origin() string { return r.protocol + "://" + r.host }

// String is what [ParseRule] reads.
func (r Rule) String() string {
	if r.path == "" {
		return r.Origin()
	}
	return r.Origin() + "/" + r.path + "/*"
}

// covers reports whether a path of the origin is allowed.
func (r Rule) covers(path string) bool {
	below, found := strings.CutPrefix(path, r.path)
	below = strings.TrimPrefix(below, ".git")
	return r.path == "" || found && (below == "" || below[0] == '/')
}

// allowed returns the request if a rule allows it, nil if the place is not served. The place that is handed on is the rule's, and
// not what was sent.
func allowed(rules []Rule, verb string, said attributes) (*Request, error) {
	protocol, host, path := foldASCII(said.get("protocol")), foldASCII(said.get("host")), said.get("path")
	host = withoutUsualPort(protocol, host)
	if protocol == "" {
		return nil, ErrMalformed
	}
	needsPath := false
	for _, rule := range rules {
		switch {
		case protocol != rule.protocol || host != rule.host:
		case path != "" && !isPath(path):
			return nil, ErrMalformed
		case rule.path != "" && path == "":
			needsPath = true
		case rule.covers(path):
			return newRequest(rule, verb, path, said), nil
		}
	}
	if needsPath {
		return nil, ErrPathNeeded
	}
	return nil, nil
}

func newRequest(rule Rule, verb, path string, said attributes) *Request {
	request := &Request{Verb: verb, Origin: rule.Origin(), Path: path}
	for _, one := range said.only(requestable) {
		switch one.key {
		case "protocol":
			one.value = secret.New(rule.protocol)
		case "host":
			one.value = secret.New(rule.host)
		}
		request.attributes = append(request.attributes, one)
	}
	return request
}

// isPath reports whether a path, from which git has taken the slashes around it, means to every server and proxy what it says:
// dots, escapes and parameters can lead elsewhere.
func isPath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return !strings.ContainsAny(path, `%\?#;`) && !hasControl(path)
}

// isHost reports whether a host, with its port if it has another than the usual one, is a name in ASCII or an address.
func isHost(host string) bool {
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || host == "" || strings.HasSuffix(host, ":") {
		return false
	}
	if port := u.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(number, 10) != port || number == 0 {
			return false
		}
	}
	if strings.HasPrefix(host, "[") {
		address, err := netip.ParseAddr(u.Hostname())
		return err == nil && address.Is6() && address.Zone() == ""
	}
	for label := range strings.SplitSeq(u.Hostname(), ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", r)
		}) {
			return false
		}
	}
	return true
}

// withoutUsualPort takes the port off that is the protocol's usual one. What has two ports keeps both.
func withoutUsualPort(protocol, host string) string {
	usual := map[string]string{"https": ":443", "http": ":80"}[protocol]
	name, has := strings.CutSuffix(host, usual)
	if has && (!strings.Contains(name, ":") || strings.HasSuffix(name, "]")) {
		return name
	}
	return host
}

// foldASCII puts A to Z in lower case, and nothing else: that of some other letters is one of ASCII.
func foldASCII(text string) string {
	folded := []byte(text)
	for i, b := range folded {
		if b >= 'A' && b <= 'Z' {
			folded[i] = b + 'a' - 'A'
		}
	}
	return string(folded)
}
