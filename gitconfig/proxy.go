package gitconfig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"git-credential-grant/internal/printable"
)

var (
	// ErrProxyPassword: the proxy wants a user name and a password, and one of them is not known.
	ErrProxyPassword = errors.New("the proxy wants a user name and a password")
	// ErrProxyRefused: the proxy does not take the user name and password that it was given.
	ErrProxyRefused = errors.New("the proxy refuses the user name and password")
	// ErrProxyMethod: the proxy wants to be shown who one is in a way that is not known here.
	ErrProxyMethod = errors.New("the proxy does not let this program show who it is")
	// ErrProxyStatus: the proxy has sent an error in the place of the server's answer.
	ErrProxyStatus = errors.New("the proxy does not let this through")
	// ErrProxy: the proxy's URL is none that can be used.
	ErrProxy = errors.New("http.proxy, or the proxy in the environment, cannot be used")
	// ErrProxyCertificate: the TLS connection to the proxy itself cannot be trusted.
	ErrProxyCertificate = errors.New("the proxy's certificate is not trusted")
)

// A ProxyError is what is wrong with a proxy. It holds no password, and its words are our own.
type ProxyError struct {
	// Proxy is the proxy's URL, with a user name and without a password.
	Proxy string
	Err   error
}

func (e *ProxyError) Error() string { return e.Err.Error() + " (" + e.Proxy + ")" }
func (e *ProxyError) Unwrap() error { return e.Err }

// OwnWords marks it as an error that can be shown.
func (e *ProxyError) OwnWords() {}

// newProxyError never shows a password. Where the URL names nobody, USER stands for the name.
func newProxyError(proxy *url.URL, err error) error {
	user := url.User("USER")
	if proxy.User.Username() != "" {
		user = url.User(proxy.User.Username())
	}
	shown := url.URL{Scheme: proxy.Scheme, User: user, Host: proxy.Host, Path: proxy.Path}
	return &ProxyError{printable.Line(shown.String()), err}
}

// proxyFor returns the proxy for a URL, with its password, nil for none. No error shows the URL as it is set, which may
// have a password in it.
func (r *route) proxyFor(ctx context.Context, server *url.URL) (*url.URL, error) {
	if r.proxy == "" || r.exempt(server.Hostname()) {
		return nil, nil
	}
	proxy, err := r.parseProxy()
	if err != nil {
		return nil, err
	}
	if proxy.User.Username() == "" {
		return proxy, nil
	}
	switch r.proxyAuth {
	case "digest", "negotiate", "ntlm":
		// A password that is meant for these must not be sent as Basic, which shows it to everybody on the way.
		err := fmt.Errorf("%w: http.proxyAuthMethod is %s, and only basic is possible", ErrProxyMethod, r.proxyAuth)
		return nil, newProxyError(proxy, err)
	}
	if _, set := proxy.User.Password(); set {
		return proxy, nil
	}
	password := ""
	if r.password != nil {
		if password, err = r.password(ctx, proxy); err != nil {
			return nil, err
		}
	}
	if password == "" {
		return nil, newProxyError(proxy, fmt.Errorf("%w: no helper of git's has the password", ErrProxyPassword))
	}
	proxy.User = url.UserPassword(proxy.User.Username(), password)
	return proxy, nil
}

// parseProxy reads the proxy's URL, as get_curl_handle in git's http.c and curl do.
func (r *route) parseProxy() (*url.URL, error) {
	address := r.proxy
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	proxy, err := url.Parse(address)
	if err != nil || proxy.Host == "" {
		return nil, fmt.Errorf("%w: it is not a URL", ErrProxy)
	}
	proxy.Path = strings.TrimRight(proxy.Path, "/")
	socks := proxy.Scheme == "socks5" || proxy.Scheme == "socks5h"
	switch {
	case !socks && proxy.Scheme != "http" && proxy.Scheme != "https":
		return nil, fmt.Errorf("%w: it is of the kind %q, and can be http, https, socks5 or socks5h",
			ErrProxy, printable.Line(proxy.Scheme))
	case proxy.Path != "" && (!socks || !strings.EqualFold(proxy.Host, "localhost")):
		return nil, fmt.Errorf("%w: it has a path, which only that of a socket can have: socks5h://localhost/PATH", ErrProxy)
	}
	return proxy, nil
}

// withPort names the port that a proxy has where its URL names none, which to curl is another one than to net/http
// (https://curl.se/libcurl/c/CURLOPT_PROXY.html). Git's helpers know it without.
func withPort(proxy *url.URL) *url.URL {
	at := *proxy
	if at.Scheme == "http" && at.Port() == "" {
		at.Host += ":1080"
	}
	return &at
}

// proxyRefusal is what is wrong if a proxy answers to CONNECT, or in the place of a server, nil if nothing is. Tinyproxy
// answers a wrong password with 401.
func proxyRefusal(proxy *url.URL, response *http.Response) error {
	switch response.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired, http.StatusUnauthorized:
	default:
		return newProxyError(proxy, fmt.Errorf("%w: it answered with status %d", ErrProxyStatus, response.StatusCode))
	}
	offered := schemes(response.Header.Values("Proxy-Authenticate"))
	basic := slices.ContainsFunc(offered, func(scheme string) bool { return strings.EqualFold(scheme, "Basic") })
	if len(offered) > 0 && !basic {
		words := printable.Short(strings.Join(offered, ", "))
		return newProxyError(proxy, fmt.Errorf("%w: it offers %s, and only basic is possible", ErrProxyMethod, words))
	}
	return newProxyError(proxy, refusedBy(proxy))
}

// schemes names the ways in which challenges let one show who one is (RFC 9110, section 11.6.1).
func schemes(challenges []string) (names []string) {
	for part := range strings.SplitSeq(strings.Join(challenges, ","), ",") {
		// What is left of a challenge begins with a parameter.
		if name, _, _ := strings.Cut(strings.TrimSpace(part), " "); name != "" && !strings.Contains(name, "=") {
			names = append(names, name)
		}
	}
	return names
}

// refusedBy tells whether a proxy has refused a password, or has got none.
func refusedBy(proxy *url.URL) error {
	if proxy.User == nil {
		return ErrProxyPassword
	}
	return ErrProxyRefused
}

// proxyFault gives errors of net/http's SOCKS client the meaning that they have here.
func proxyFault(proxy *url.URL, err error) error {
	operation, failed := errors.AsType[*net.OpError](err)
	if proxy == nil || !failed || !strings.HasPrefix(operation.Op, "socks") {
		return err
	}
	switch operation.Err.Error() {
	case "no acceptable authentication methods", "username/password authentication failed", "invalid username/password":
		return newProxyError(proxy, refusedBy(proxy))
	}
	return err
}

// exempt reports whether noProxy lists a host (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html).
func (r *route) exempt(host string) bool {
	address := net.ParseIP(host)
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, entry := range strings.FieldsFunc(strings.ToLower(r.noProxy), func(r rune) bool { return r == ',' || r == ' ' }) {
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
