package gitconfig

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"git-credential-grant/testforge"
)

// TestReadRoute: which of git's settings and of the environment counts.
func TestReadRoute(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	type config = map[string][]string
	type env = map[string]string
	one := func(setting, value string) config { return config{setting: {value}} }
	proxied := func(proxy string) route { return route{proxy: proxy} }
	server := func(server trust) route { return route{server: server} }
	for _, test := range []struct {
		name, address string
		config        config
		env           env
		want          route
	}{
		{"nothing", "https://x.example", nil, nil, route{}},
		{"http.proxy", "https://x.example", one("proxy", "one:3128"), env{"https_proxy": "two"}, proxied("one:3128")},
		{"an empty http.proxy is none", "https://x.example", one("proxy", ""), env{"https_proxy": "two", "all_proxy": "three"}, route{}},
		{"the lower-case name comes first", "https://x.example", nil, env{"https_proxy": "low", "HTTPS_PROXY": "up", "NO_PROXY": "a", "no_proxy": "b"}, route{proxy: "low", noProxy: "b"}},
		{"also if it is empty", "https://x.example", nil, env{"https_proxy": "", "HTTPS_PROXY": "up", "ALL_PROXY": "all"}, route{}},
		{"upper case", "https://x.example", nil, env{"HTTPS_PROXY": "up", "ALL_PROXY": "all", "NO_PROXY": "a"}, route{proxy: "up", noProxy: "a"}},
		{"all_proxy", "https://x.example", nil, env{"http_proxy": "plain", "ALL_PROXY": "all"}, proxied("all")},
		{"http", "http://x.example", nil, env{"http_proxy": "plain", "https_proxy": "tls"}, proxied("plain")},
		{"HTTP_PROXY may come from a request", "http://x.example", nil, env{"HTTP_PROXY": "plain"}, route{}},
		{"http.proxyAuthMethod", "https://x.example", one("proxyauthmethod", "basic"), env{"GIT_HTTP_PROXY_AUTHMETHOD": "ntlm"}, route{proxyAuth: "ntlm"}},
		{"http.sslCAInfo", "https://x.example", config{"sslcainfo": {"~/ca.pem"}, "sslcapath": {"/certs"}}, nil, server(trust{caFile: "/home/alice/ca.pem", caPath: "/certs"})},
		{"GIT_SSL_CAINFO", "https://x.example", one("sslcainfo", "/one"), env{"GIT_SSL_CAINFO": "/two", "GIT_SSL_CAPATH": "/three"}, server(trust{caFile: "/two", caPath: "/three"})},
		{"Windows' own certificates", "https://x.example", config{"sslcainfo": {"/one"}, "proxysslcainfo": {"/two"}, "sslbackend": {"schannel"}}, nil, route{}},
		{"others with schannel", "https://x.example", config{"sslcainfo": {"/one"}, "sslbackend": {"schannel"}, "schannelusesslcainfo": {"true"}}, nil, server(trust{caFile: "/one"})},
		{"http.sslVerify", "https://x.example", one("sslverify", "No"), nil, server(trust{unverified: true})},
		{"http.sslVerify, the last of two", "https://x.example", config{"sslverify": {"false", "true"}}, nil, route{}},
		{"GIT_SSL_NO_VERIFY", "https://x.example", one("sslverify", "true"), env{"GIT_SSL_NO_VERIFY": ""}, server(trust{unverified: true})},
		{"http.sslCert", "https://x.example", config{"sslcert": {"/cert"}, "sslkey": {"/key"}, "sslcerttype": {"P12"}}, env{"GIT_SSL_KEY": "/other", "GIT_SSL_KEY_TYPE": "PEM"},
			server(trust{certFile: "/cert", certType: "P12", keyFile: "/other", keyType: "PEM"})},
		{"http.sslVersion", "https://x.example", config{"sslversion": {"tlsv1.2"}, "sslcipherlist": {"A"}},
			env{"GIT_SSL_VERSION": "tlsv1.3", "GIT_SSL_CIPHER_LIST": "B"}, server(trust{version: "tlsv1.3", ciphers: "B"})},
		{"http.pinnedPubkey", "https://x.example", one("pinnedpubkey", "~/key.pem"), nil, server(trust{pin: "/home/alice/key.pem"})},
		{"http.proxySSL", "https://x.example", config{"proxysslcert": {"/cert"}, "proxysslkey": {"/key"}, "proxysslcainfo": {"/ca"}, "sslverify": {"false"}}, env{"GIT_PROXY_SSL_KEY": "/other"},
			route{server: trust{unverified: true}, proxyServer: trust{certFile: "/cert", keyFile: "/other", caFile: "/ca"}}},
		{"GIT_PROXY_SSL", "https://x.example", one("proxysslcainfo", "/ca"), env{"GIT_PROXY_SSL_CERT": "/cert", "GIT_PROXY_SSL_CAINFO": "/other"},
			route{proxyServer: trust{certFile: "/cert", caFile: "/other"}}},
		{"an empty one takes back those before it", "https://x.example", config{"curloptresolve": {"a:1:b", "", "c:2:d", "e:3:f"}, "extraheader": {"A: b", ""}}, nil,
			route{resolve: []string{"c:2:d", "e:3:f"}}},
		{"http.userAgent", "https://x.example", one("useragent", "git/1"), env{"GIT_HTTP_USER_AGENT": "git/2"}, route{userAgent: "git/2"}},
		{"http.followRedirects", "https://x.example", one("followredirects", "false"), nil, route{stay: true}},
		{"only the first", "https://x.example", one("followredirects", "initial"), nil, route{}},
	} {
		test.want.proxyServer.ofProxy = true
		env := func(name string) (string, bool) {
			value, set := test.env[name]
			return value, set
		}
		if got := readRoute(test.address, test.config, env); !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, *got, test.want)
		}
	}
}

// proxyOf returns the proxy of a route for an address.
func proxyOf(t *testing.T, by route, address string) (*url.URL, error) {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return by.proxyFor(t.Context(), server)
}

// TestProxyFor: who is reached by a proxy, and by which.
func TestProxyFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ proxy, noProxy, address, want string }{
		{"", "", "https://x.example", ""},
		{"proxy.example:3128", "", "https://x.example", "http://proxy.example:3128"},
		{"http://proxy.example/", "", "https://x.example", "http://proxy.example"},
		{"https://u:p@proxy.example", "", "https://x.example", "https://u:p@proxy.example"},
		{"socks5://proxy.example:1080", "", "https://x.example", "socks5://proxy.example:1080"},
		{"socks5h://proxy.example:1080", "", "http://localhost", "socks5h://proxy.example:1080"},
		{"socks5h://localhost/run/tor/socks", "", "https://x.example", "socks5h://localhost/run/tor/socks"},
		{"one", "*", "https://x.example", ""},
		{"one", "x.example", "https://x.example", ""},
		{"one", "X.Example.", "https://x.example:8443", ""},
		{"one", "y.example, example", "https://x.example", ""},
		{"one", ".example", "https://x.example", ""},
		{"one", "y.example x.example", "https://x.example", ""},
		{"one:1", "ample", "https://x.example", "http://one:1"},
		{"one:1", "a.x.example", "https://x.example", "http://one:1"},
		{"one:1", ",, .", "https://x.example", "http://one:1"},
		{"one", "10.0.0.0/8", "https://10.1.2.3", ""},
		{"one", "10.1.2.3", "https://10.1.2.3", ""},
		{"one:1", "3", "https://10.1.2.3", "http://one:1"},
		{"one", "::1", "https://[::1]:8443", ""},
		{"one", "[::1]", "https://[::1]", ""},
		{"one:1", "11.0.0.0/8", "https://10.1.2.3", "http://one:1"},
	} {
		got, err := proxyOf(t, route{proxy: test.proxy, noProxy: test.noProxy}, test.address)
		if err != nil || got != nil && got.String() != test.want || got == nil && test.want != "" {
			t.Errorf("proxy %q but %q, %s: %v %v, want %q", test.proxy, test.noProxy, test.address, got, err, test.want)
		}
	}
	for _, proxy := range []string{
		"http://alice:hunter2@pr%zzoxy", "socks4://alice:hunter2@proxy", "http://", "ftp://alice:hunter2@x",
		"http://alice:hunter2@proxy/path", "socks5h://alice:hunter2@proxy/path",
	} {
		_, err := proxyOf(t, route{proxy: proxy}, "https://x.example")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("proxy %q: %v", proxy, err)
		}
	}
}

// TestProxyPort: which port is meant where none is named. curl is asked whether it means the same.
func TestProxyPort(t *testing.T) {
	t.Parallel()
	for proxy, want := range map[string]string{
		"http://127.0.0.1": "127.0.0.1:1080", "http://[::1]": "[::1]:1080", "http://127.0.0.1:80": "127.0.0.1:80", "https://127.0.0.1": "127.0.0.1",
	} {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		if got := withPort(u).Host; got != want {
			t.Errorf("%s: %s, want %s", proxy, got, want)
		}
	}
	if curl, err := exec.LookPath("curl"); err == nil {
		out, _ := exec.Command(curl, "--silent", "--show-error", "--verbose", "--noproxy", "", "--proxy", "http://127.0.0.1", "http://git.example").CombinedOutput()
		if !strings.Contains(string(out), "127.0.0.1:1080") && !strings.Contains(string(out), "port 1080") {
			t.Errorf("curl says %s", out)
		}
	}
}

// TestProxyPassword: where the URL of a proxy has a name and no password, git's helpers are asked for it, and only then.
func TestProxyPassword(t *testing.T) {
	t.Parallel()
	const known = "open sesame"
	for _, test := range []struct {
		proxy, method, noProxy string
		password               string // that a helper has
		asked                  bool
		want                   string
		err                    error
	}{
		{"http://alice@proxy:3128", "", "", known, true, "http://alice:open%20sesame@proxy:3128", nil},
		{"alice@proxy:3128", "anyauth", "", known, true, "http://alice:open%20sesame@proxy:3128", nil},
		{"socks5h://alice@proxy:1080", "basic", "", known, true, "socks5h://alice:open%20sesame@proxy:1080", nil},
		{"http://alice@proxy:3128", "", "", "", true, "", ErrProxyPassword},
		{"http://alice@proxy:3128", "", "x.example", known, false, "", nil},
		{"http://alice:@proxy:3128", "", "", known, false, "http://alice:@proxy:3128", nil},
		{"http://alice:secret@proxy:3128", "", "", known, false, "http://alice:secret@proxy:3128", nil},
		{"http://proxy:3128", "digest", "", known, false, "http://proxy:3128", nil},
		{"http://alice:secret@proxy:3128", "digest", "", known, false, "", ErrProxyMethod},
		{"http://alice@proxy:3128", "ntlm", "", known, false, "", ErrProxyMethod},
		{"http://alice@proxy:3128", "negotiate", "", known, false, "", ErrProxyMethod},
	} {
		asked := false
		by := route{proxy: test.proxy, proxyAuth: test.method, noProxy: test.noProxy}
		by.password = func(_ context.Context, proxy *url.URL) (string, error) {
			asked = true
			return test.password, nil
		}
		got, err := proxyOf(t, by, "https://x.example")
		if !errors.Is(err, test.err) || asked != test.asked || got != nil && got.String() != test.want {
			t.Errorf("%s, method %q: %v, asked %v, %v", test.proxy, test.method, got, asked, err)
		}
	}
}

// A tlsServer says OK behind a certificate that only caFile vouches for.
type tlsServer struct {
	*httptest.Server
	caFile string
	asked  atomic.Int32
}

func startTLS(t *testing.T) *tlsServer {
	t.Helper()
	s := &tlsServer{}
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.asked.Add(1) }))
	t.Cleanup(behind.Close)
	front, ca, err := testforge.Secure(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(front.Close)
	s.Server, s.caFile = front, write(t, "ca.pem", ca)
	return s
}

// reach sends a request by a route. That the server answers is all that matters.
func reach(ctx context.Context, by route, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: by.transport()}).Do(request)
	if err == nil {
		response.Body.Close()
	}
	return err
}

// transport sends every request by the same route.
func (r route) transport() transport {
	return transport{"git-credential-grant/1.2", func(context.Context, string) (*route, error) { return &r, nil }}
}

// TestCertificates: whom a request trusts.
func TestCertificates(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		by   route
		says string
	}{
		{name: "a file", by: route{server: trust{caFile: server.caFile}}},
		{name: "a directory", by: route{server: trust{caPath: filepath.Dir(server.caFile)}}},
		{name: "everybody", by: route{server: trust{unverified: true}}},
		{name: "the system's", says: "certificate signed by unknown authority"},
		{name: "a file without certificates", by: route{server: trust{caFile: empty}}, says: "http.sslCAInfo"},
		{name: "no file", by: route{server: trust{caFile: "/nowhere"}}, says: "/nowhere"},
		{name: "a directory without certificates", by: route{server: trust{caPath: filepath.Dir(empty)}}, says: "certificate signed by unknown authority"},
		{name: "no directory", by: route{server: trust{caPath: "/nowhere"}}, says: "/nowhere"},
		{name: "no client certificate", by: route{server: trust{caFile: server.caFile, certFile: "/nowhere"}}, says: "http.sslCert"},
	} {
		err := reach(t.Context(), test.by, server.URL)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
	if asked := server.asked.Load(); asked != 3 {
		t.Errorf("asked %d times: a request went to a server that is not trusted", asked)
	}
}

// TestProxy: a request goes through the proxy, with its name and password, and none of these is in an error.
func TestProxy(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	tunnels := testforge.NewProxy()
	t.Cleanup(tunnels.Close)
	proxy := tunnels.Addr
	good := route{proxy: "http://alice:open%20sesame@" + proxy, server: trust{caFile: server.caFile}}
	if err := reach(t.Context(), good, server.URL); err != nil || tunnels.Tunnels() != 1 {
		t.Errorf("%d tunnels, %v", tunnels.Tunnels(), err)
	}
	good.noProxy = "127.0.0.1"
	if err := reach(t.Context(), good, server.URL); err != nil || tunnels.Tunnels() != 1 {
		t.Errorf("without the proxy: %d tunnels, %v", tunnels.Tunnels(), err)
	}
	for _, wrong := range []string{"http://alice:hunter2@" + proxy, "alice:hunter2@" + proxy, "http://alice:hunter2@127.0.0.1:1"} {
		err := reach(t.Context(), route{proxy: wrong, server: trust{caFile: server.caFile}}, server.URL)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("proxy %q: %v", wrong, err)
		}
	}
	if tunnels.Tunnels() != 1 || server.asked.Load() != 2 {
		t.Errorf("%d tunnels, asked %d times", tunnels.Tunnels(), server.asked.Load())
	}
}
