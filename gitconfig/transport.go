package gitconfig

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"git-credential-grant/internal/printable"
)

// Transport returns what sends each request as git would send one to that URL: through the proxy that it would take, with the
// certificates that it would trust, and with http.extraHeader. Every request asks git for its settings. userAgent is the
// program's name where http.userAgent sets no other, and isRemote says whether a URL is one of the git host that the requests
// are made for: where such a remote has a proxy of its own, they go through that one. No connection is kept.
//
// The answer of a server from which git follows no redirect (http.followRedirects) comes without its Location.
//
// Errors are a [ProxyError], wrap one of the Err variables of this package, or are those of [http.Transport]. One about git's
// settings, or about a proxy, has a method OwnWords: its text is this program's own, and holds no password.
func (g Git) Transport(userAgent string, isRemote func(url string) bool) http.RoundTripper {
	return transport{userAgent, func(ctx context.Context, address string) (*route, error) {
		return g.route(ctx, address, isRemote)
	}}
}

type transport struct {
	userAgent string
	route     func(ctx context.Context, url string) (*route, error)
}

// A settingError is about how git is told to reach servers. Its words are our own.
type settingError struct{ error }

func (e settingError) Unwrap() error { return e.error }

// OwnWords marks it as an error that can be shown.
func (e settingError) OwnWords() {}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	route, err := t.route(request.Context(), request.URL.String())
	if err != nil {
		return nil, settingError{err}
	}
	route.addHeaders(request.Header, t.userAgent)
	proxy, reach, err := route.prepare(request)
	if err != nil {
		return nil, settingError{err}
	}
	response, err := reach.RoundTrip(request)
	if err != nil {
		return nil, proxyFault(proxy, err)
	}
	if proxy != nil && response.StatusCode == http.StatusProxyAuthRequired {
		response.Body.Close()
		return nil, proxyRefusal(proxy, response)
	}
	if route.stay {
		response.Header.Del("Location") // Without it net/http stays too.
	}
	return response, nil
}

// prepare returns the proxy that a request goes through, nil for none, and what it is to be sent by.
func (r *route) prepare(request *http.Request) (proxy *url.URL, reach *http.Transport, err error) {
	if proxy, err = r.proxyFor(request.Context(), request.URL); err != nil {
		return nil, nil, err
	}
	if reach, err = r.reach(proxy); err != nil {
		return nil, nil, err
	}
	if proxy != nil && proxy.Scheme == "socks5" {
		err = r.resolveHere(request, reach.TLSClientConfig)
	}
	return proxy, reach, err
}

// addHeaders adds what git would send along, but nothing in the place of what the request itself says: a client shows
// who it is otherwise than git does.
func (r *route) addHeaders(header http.Header, userAgent string) {
	if userAgent = cmp.Or(r.userAgent, userAgent); userAgent != "" {
		header.Set("User-Agent", userAgent)
	}
	own := []string{"Authorization", "Host", "Content-Length", "Transfer-Encoding", "Connection"}
	for name := range header {
		own = append(own, name)
	}
	for _, line := range r.headers {
		name, value, _ := strings.Cut(line, ":")
		if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !slices.Contains(own, name) {
			header.Add(name, strings.TrimSpace(value))
		}
	}
}

// reach returns what reaches a server in this way, through a proxy unless that is nil.
func (r *route) reach(proxy *url.URL) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	t.Proxy = nil
	t.DialContext = r.dial
	var err error
	if t.TLSClientConfig, err = r.server.config(); err != nil || proxy == nil {
		return t, err
	}
	t.Proxy = http.ProxyURL(withPort(proxy))
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
		return proxyRefusal(proxy, response)
	}
	if proxy.Path != "" {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", proxy.Path)
		}
	}
	if proxy.Scheme == "https" {
		config, err := r.proxyServer.config()
		if err != nil {
			return nil, err
		}
		config.ServerName = proxy.Hostname()
		t.DialTLSContext = r.dialer(config) // That is how net/http reaches such a proxy, and nothing else then.
	}
	return t, nil
}

// dialer returns what opens connections with TLS to a proxy.
func (r *route) dialer(config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := r.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(plain, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, settingError{fmt.Errorf("%w: %s", ErrProxyCertificate, printable.Short(err.Error()))}
		}
		return secure, nil
	}
}

// dial opens a connection to the first address that answers.
func (r *route) dial(ctx context.Context, network, address string) (connection net.Conn, err error) {
	for _, place := range r.places(address) {
		if connection, err = new(net.Dialer).DialContext(ctx, network, place); err == nil {
			return connection, nil
		}
	}
	return nil, err
}

// places returns where a host and port are: as resolve says, or else as they are named
// (https://curl.se/libcurl/c/CURLOPT_RESOLVE.html).
func (r *route) places(address string) []string {
	host, port, _ := net.SplitHostPort(address)
	places := []string{address}
	for _, entry := range r.resolve {
		fields := strings.SplitN(strings.TrimPrefix(entry, "+"), ":", 3)
		if len(fields) < 3 || !strings.EqualFold(fields[0], host) && fields[0] != "*" || fields[1] != port {
			continue
		}
		places = nil
		for place := range strings.SplitSeq(fields[2], ",") {
			places = append(places, net.JoinHostPort(strings.Trim(place, "[]"), port))
		}
	}
	return places
}

// resolveHere makes a request one to the server's address, as a proxy of the kind socks5 gets it from curl: what its
// name means is decided on this machine. With socks5h the proxy does that.
func (r *route) resolveHere(request *http.Request, config *tls.Config) error {
	name := request.URL.Hostname()
	port := cmp.Or(request.URL.Port(), map[string]string{"http": "80", "https": "443"}[request.URL.Scheme])
	place := r.places(net.JoinHostPort(name, port))[0]
	host, _, _ := net.SplitHostPort(place)
	addresses, err := net.DefaultResolver.LookupIPAddr(request.Context(), host)
	if err != nil {
		return err
	}
	at := *request.URL
	at.Host = net.JoinHostPort(addresses[0].String(), port)
	request.Host = cmp.Or(request.Host, request.URL.Host)
	request.URL = &at
	config.ServerName = name
	return nil
}
