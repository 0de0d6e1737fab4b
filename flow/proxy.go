package flow

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// proxyFor returns the proxy for a request, nil for none. No error names the URL, which may have a password.
func (n *Network) proxyFor(r *http.Request) (*url.URL, error) {
	if n.Proxy == "" || n.exempt(r.URL.Hostname()) {
		return nil, nil
	}
	proxy := n.Proxy
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" {
		return nil, networkSetting{errors.New("http.proxy, or the proxy in the environment, is not a URL")}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, networkSetting{fmt.Errorf("a proxy of the kind %q cannot be used; http, https and socks5 can", Printable(u.Scheme))}
}

// exempt reports whether NoProxy lists a host (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html).
func (n *Network) exempt(host string) bool {
	address := net.ParseIP(host)
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, entry := range strings.FieldsFunc(strings.ToLower(n.NoProxy), func(r rune) bool { return r == ',' || r == ' ' }) {
		name := strings.Trim(entry, ".")
		_, network, err := net.ParseCIDR(entry)
		switch {
		case entry == "*", name == host:
			return true
		case err == nil && address != nil && network.Contains(address):
			return true
		case address == nil && name != "" && strings.HasSuffix(host, "."+name):
			return true
		case address != nil && address.Equal(net.ParseIP(strings.Trim(entry, "[]"))):
			return true
		}
	}
	return false
}
