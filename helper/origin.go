package helper

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// An Origin is where a credential is good: a protocol, and a host with its port. Two are the same place if they are
// equal. The zero value stands for a message that names no place.
//
// A host in ASCII is folded to lower case and loses the protocol's usual port. One with any other byte is kept byte for
// byte, as git's own helpers keep it: git and curl may connect to another domain than its letters, folded, seem to name.
type Origin struct{ protocol, host string }

// newOrigin is the only place where an origin is made of what git says. host can be present and empty, which means
// something for the protocol cert alone; without a host no credential can be meant (CVE-2020-11008).
func newOrigin(protocol, host string) Origin {
	protocol = foldASCII(protocol)
	if isASCII(host) {
		host = withoutUsualPort(protocol, foldASCII(host))
	}
	if !isScheme(protocol) || host == "" && protocol != "cert" {
		return Origin{}
	}
	return Origin{protocol, host}
}

// ParseOrigin reads what [Origin.String] wrote.
func ParseOrigin(text string) Origin {
	protocol, host, found := strings.Cut(text, "://")
	if !found {
		return Origin{}
	}
	return newOrigin(protocol, host)
}

// foldASCII puts A to Z in lower case, and nothing else: the lower case of U+0130 and of U+212A is, or begins with, a
// letter of ASCII.
func foldASCII(text string) string {
	folded := []byte(text)
	for i, b := range folded {
		if b >= 'A' && b <= 'Z' {
			folded[i] = b + 'a' - 'A'
		}
	}
	return string(folded)
}

// withoutUsualPort takes the port off that is the protocol's usual one. What has two ports is no host, and keeps both.
func withoutUsualPort(protocol, host string) string {
	name, port, _ := cutPort(host)
	if _, _, another := cutPort(name); another || port != usualPort(protocol) {
		return host
	}
	return name
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// usualPort is the port of a protocol that its URLs need not name.
func usualPort(protocol string) string {
	switch protocol {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return "none"
}

// isScheme reports whether a protocol can stand before "://" (RFC 3986, section 3.1), so that no two origins read alike.
func isScheme(protocol string) bool {
	return protocol != "" && !strings.ContainsFunc(protocol, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789+-.", r)
	})
}

// String is protocol://host, "" for the zero value. It is the key of the origin's record.
func (o Origin) String() string {
	if o == (Origin{}) {
		return ""
	}
	return o.protocol + "://" + o.host
}

// Host is the host with its port: what people call it.
func (o Origin) Host() string { return o.host }

// Hostname is the host without a port, and an IPv6 address without its brackets.
func (o Origin) Hostname() string {
	return (&url.URL{Host: o.host}).Hostname()
}

// URL is the origin as a URL. It makes sense only if [Origin.IsWeb].
func (o Origin) URL() *url.URL { return &url.URL{Scheme: o.protocol, Host: o.host} }

// IsWeb reports whether the origin is a web server with a host name or an address as RFC 3986, section 3.2.2, and
// RFC 1123, section 2.1, have it. Nothing else can have an OAuth2 server. A name with a dot at its end is none, though
// git's config takes it for the one without.
func (o Origin) IsWeb() bool {
	if o.protocol != "https" && o.protocol != "http" {
		return false
	}
	name, port, hasPort := cutPort(o.host)
	return (!hasPort || isPort(port)) && (isHostName(name) || isAddress(name))
}

// dotless returns the origin without the dot at the end of its host name. Git's config takes both for the same host, and
// its credentials tell them apart (match_host in git's urlmatch.c). has is false if there is no such dot.
func (o Origin) dotless() (dotless Origin, has bool) {
	name, port, hasPort := cutPort(o.host)
	name, has = strings.CutSuffix(name, ".")
	if hasPort {
		name += ":" + port
	}
	return Origin{o.protocol, name}, has
}

// MayHaveToken reports whether an OAuth token may be sent there: only by https, or on this machine.
func (o Origin) MayHaveToken() bool {
	if !o.IsWeb() {
		return false
	}
	address, err := netip.ParseAddr(o.Hostname())
	loopback := o.Hostname() == "localhost" || err == nil && address.IsLoopback()
	return o.protocol == "https" || loopback
}

// cutPort takes the port off a host. In brackets, a colon is part of an IPv6 address.
func cutPort(host string) (name, port string, has bool) {
	colon := strings.LastIndexByte(host, ':')
	if colon < 0 || colon < strings.LastIndexByte(host, ']') {
		return host, "", false
	}
	return host[:colon], host[colon+1:], true
}

func isPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0 && port[0] != '0'
}

// isHostName reports whether a name is made of labels of letters, digits, "-" and, as seen in practice, "_".
func isHostName(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", r)
		}) {
			return false
		}
	}
	return len(name) <= 253
}

// isAddress reports whether a host is an IPv6 address in brackets. One of IPv4 is a host name too.
func isAddress(host string) bool {
	inner, opens := strings.CutPrefix(host, "[")
	inner, closes := strings.CutSuffix(inner, "]")
	address, err := netip.ParseAddr(inner)
	return opens && closes && err == nil && address.Is6() && address.Zone() == ""
}
