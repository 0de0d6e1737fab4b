package flow

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

// A transport sends every request as git would send one to that URL.
type transport struct {
	network   func(ctx context.Context, url string) (*Network, error)
	userAgent string
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	proxy, reach, err := t.prepare(r)
	if err != nil {
		return nil, networkSetting{err}
	}
	response, err := reach.RoundTrip(r)
	if err != nil {
		return nil, proxyFault(proxy, err)
	}
	if proxy != nil && response.StatusCode == http.StatusProxyAuthRequired {
		response.Body.Close()
		return nil, proxyRefusal(proxy, response)
	}
	return response, nil
}

// prepare makes a request one that git would send, and returns the proxy that it goes through, nil for none, and what it is
// to be sent by.
func (t transport) prepare(r *http.Request) (proxy *url.URL, reach *http.Transport, err error) {
	var network *Network
	if t.network != nil {
		if network, err = t.network(r.Context(), r.URL.String()); err != nil {
			return nil, nil, err
		}
	}
	if network == nil {
		network = &Network{}
	}
	network.addHeaders(r.Header, t.userAgent)
	if proxy, err = network.proxyFor(r.Context(), r.URL); err != nil {
		return nil, nil, err
	}
	if reach, err = network.reach(proxy); err != nil {
		return nil, nil, err
	}
	if proxy != nil && proxy.Scheme == "socks5" {
		err = network.resolveHere(r, reach.TLSClientConfig)
	}
	return proxy, reach, err
}

// addHeaders adds what git would send along, but nothing in the place of what the request itself says: a client shows
// who it is otherwise than git does.
func (n *Network) addHeaders(header http.Header, userAgent string) {
	if userAgent = cmp.Or(n.UserAgent, userAgent); userAgent != "" {
		header.Set("User-Agent", userAgent)
	}
	own := []string{"Authorization", "Host", "Content-Length", "Transfer-Encoding", "Connection"}
	for name := range header {
		own = append(own, name)
	}
	for _, line := range n.Headers {
		name, value, _ := strings.Cut(line, ":")
		if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !slices.Contains(own, name) {
			header.Add(name, strings.TrimSpace(value))
		}
	}
}

// reach returns what reaches a server in this way, through a proxy unless that is nil.
func (n *Network) reach(proxy *url.URL) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	t.Proxy = nil
	t.DialContext = n.dial
	var err error
	if t.TLSClientConfig, err = n.Server.config(); err != nil || proxy == nil {
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
		config, err := n.ProxyServer.config()
		if err != nil {
			return nil, err
		}
		config.ServerName = proxy.Hostname()
		t.DialTLSContext = n.dialer(config) // That is how net/http reaches such a proxy, and nothing else then.
	}
	return t, nil
}

// dialer returns what opens connections with TLS to a proxy.
func (n *Network) dialer(config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := n.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(plain, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, networkSetting{fmt.Errorf("%w: %s", ErrProxyCertificate, printable.Short(err.Error()))}
		}
		return secure, nil
	}
}

// dial opens a connection to the first address that answers.
func (n *Network) dial(ctx context.Context, network, address string) (connection net.Conn, err error) {
	for _, place := range n.places(address) {
		if connection, err = new(net.Dialer).DialContext(ctx, network, place); err == nil {
			return connection, nil
		}
	}
	return nil, err
}

// places returns where a host and port are: as Resolve says, or else as they are named
// (https://curl.se/libcurl/c/CURLOPT_RESOLVE.html).
func (n *Network) places(address string) []string {
	host, port, _ := net.SplitHostPort(address)
	places := []string{address}
	for _, entry := range n.Resolve {
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
func (n *Network) resolveHere(r *http.Request, config *tls.Config) error {
	name := r.URL.Hostname()
	port := cmp.Or(r.URL.Port(), map[string]string{"http": "80", "https": "443"}[r.URL.Scheme])
	place := n.places(net.JoinHostPort(name, port))[0]
	host, _, _ := net.SplitHostPort(place)
	addresses, err := net.DefaultResolver.LookupIPAddr(r.Context(), host)
	if err != nil {
		return err
	}
	at := *r.URL
	at.Host = net.JoinHostPort(addresses[0].String(), port)
	r.Host = cmp.Or(r.Host, r.URL.Host)
	r.URL = &at
	config.ServerName = name
	return nil
}
