package flow

import (
	"context"
	"errors"
	"io"
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

	"golang.org/x/oauth2"

	"git-credential-grant/internal/secret"
	"git-credential-grant/testforge"
)

// TestReadNetwork: which of git's settings and of the environment counts.
func TestReadNetwork(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	type config = map[string][]string
	type env = map[string]string
	one := func(setting, value string) config { return config{setting: {value}} }
	proxied := func(proxy string) Network { return Network{Proxy: proxy} }
	server := func(server TLS) Network { return Network{Server: server} }
	for _, test := range []struct {
		name, address string
		config        config
		env           env
		want          Network
	}{
		{"nothing", "https://x.example", nil, nil, Network{}},
		{"http.proxy", "https://x.example", one("proxy", "one:3128"), env{"https_proxy": "two"}, proxied("one:3128")},
		{"an empty http.proxy is none", "https://x.example", one("proxy", ""), env{"https_proxy": "two", "all_proxy": "three"}, Network{}},
		{"the lower-case name comes first", "https://x.example", nil, env{"https_proxy": "low", "HTTPS_PROXY": "up", "NO_PROXY": "a", "no_proxy": "b"}, Network{Proxy: "low", NoProxy: "b"}},
		{"also if it is empty", "https://x.example", nil, env{"https_proxy": "", "HTTPS_PROXY": "up", "ALL_PROXY": "all"}, Network{}},
		{"upper case", "https://x.example", nil, env{"HTTPS_PROXY": "up", "ALL_PROXY": "all", "NO_PROXY": "a"}, Network{Proxy: "up", NoProxy: "a"}},
		{"all_proxy", "https://x.example", nil, env{"http_proxy": "plain", "ALL_PROXY": "all"}, proxied("all")},
		{"http", "http://x.example", nil, env{"http_proxy": "plain", "https_proxy": "tls"}, proxied("plain")},
		{"HTTP_PROXY may come from a request", "http://x.example", nil, env{"HTTP_PROXY": "plain"}, Network{}},
		{"http.proxyAuthMethod", "https://x.example", one("proxyauthmethod", "basic"), env{"GIT_HTTP_PROXY_AUTHMETHOD": "ntlm"}, Network{ProxyAuth: "ntlm"}},
		{"http.sslCAInfo", "https://x.example", config{"sslcainfo": {"~/ca.pem"}, "sslcapath": {"/certs"}}, nil, server(TLS{CAFile: "/home/alice/ca.pem", CAPath: "/certs"})},
		{"GIT_SSL_CAINFO", "https://x.example", one("sslcainfo", "/one"), env{"GIT_SSL_CAINFO": "/two", "GIT_SSL_CAPATH": "/three"}, server(TLS{CAFile: "/two", CAPath: "/three"})},
		{"Windows' own certificates", "https://x.example", config{"sslcainfo": {"/one"}, "proxysslcainfo": {"/two"}, "sslbackend": {"schannel"}}, nil, Network{}},
		{"others with schannel", "https://x.example", config{"sslcainfo": {"/one"}, "sslbackend": {"schannel"}, "schannelusesslcainfo": {"true"}}, nil, server(TLS{CAFile: "/one"})},
		{"http.sslVerify", "https://x.example", one("sslverify", "No"), nil, server(TLS{Unverified: true})},
		{"http.sslVerify, the last of two", "https://x.example", config{"sslverify": {"false", "true"}}, nil, Network{}},
		{"GIT_SSL_NO_VERIFY", "https://x.example", one("sslverify", "true"), env{"GIT_SSL_NO_VERIFY": ""}, server(TLS{Unverified: true})},
		{"http.sslCert", "https://x.example", config{"sslcert": {"/cert"}, "sslkey": {"/key"}, "sslcerttype": {"P12"}}, env{"GIT_SSL_KEY": "/other", "GIT_SSL_KEY_TYPE": "PEM"},
			server(TLS{CertFile: "/cert", CertType: "P12", KeyFile: "/other", KeyType: "PEM"})},
		{"http.sslVersion", "https://x.example", config{"sslversion": {"tlsv1.2"}, "sslcipherlist": {"A"}}, env{"GIT_SSL_VERSION": "tlsv1.3", "GIT_SSL_CIPHER_LIST": "B"}, server(TLS{Version: "tlsv1.3", Ciphers: "B"})},
		{"http.pinnedPubkey", "https://x.example", one("pinnedpubkey", "~/key.pem"), nil, server(TLS{Pin: "/home/alice/key.pem"})},
		{"http.proxySSL", "https://x.example", config{"proxysslcert": {"/cert"}, "proxysslkey": {"/key"}, "proxysslcainfo": {"/ca"}, "sslverify": {"false"}}, env{"GIT_PROXY_SSL_KEY": "/other"},
			Network{Server: TLS{Unverified: true}, ProxyServer: TLS{CertFile: "/cert", KeyFile: "/other", CAFile: "/ca"}}},
		{"GIT_PROXY_SSL", "https://x.example", one("proxysslcainfo", "/ca"), env{"GIT_PROXY_SSL_CERT": "/cert", "GIT_PROXY_SSL_CAINFO": "/other"}, Network{ProxyServer: TLS{CertFile: "/cert", CAFile: "/other"}}},
		{"an empty one takes back those before it", "https://x.example", config{"curloptresolve": {"a:1:b", "", "c:2:d", "e:3:f"}, "extraheader": {"A: b", ""}}, nil, Network{Resolve: []string{"c:2:d", "e:3:f"}}},
		{"http.userAgent", "https://x.example", one("useragent", "git/1"), env{"GIT_HTTP_USER_AGENT": "git/2"}, Network{UserAgent: "git/2"}},
		{"http.followRedirects", "https://x.example", one("followredirects", "false"), nil, Network{Stay: true}},
		{"only the first", "https://x.example", one("followredirects", "initial"), nil, Network{}},
	} {
		test.want.ProxyServer.OfProxy = true
		env := func(name string) (string, bool) {
			value, set := test.env[name]
			return value, set
		}
		if got := ReadNetwork(test.address, test.config, env); !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, *got, test.want)
		}
	}
}

// proxyOf returns the proxy of a network for an address.
func proxyOf(t *testing.T, network Network, address string) (*url.URL, error) {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return network.proxyFor(t.Context(), server)
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
		got, err := proxyOf(t, Network{Proxy: test.proxy, NoProxy: test.noProxy}, test.address)
		if err != nil || got != nil && got.String() != test.want || got == nil && test.want != "" {
			t.Errorf("proxy %q but %q, %s: %v %v, want %q", test.proxy, test.noProxy, test.address, got, err, test.want)
		}
	}
	for _, proxy := range []string{
		"http://alice:hunter2@pr%zzoxy", "socks4://alice:hunter2@proxy", "http://", "ftp://alice:hunter2@x",
		"http://alice:hunter2@proxy/path", "socks5h://alice:hunter2@proxy/path",
	} {
		_, err := proxyOf(t, Network{Proxy: proxy}, "https://x.example")
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
		network := Network{Proxy: test.proxy, ProxyAuth: test.method, NoProxy: test.noProxy}
		network.Password = func(_ context.Context, proxy *url.URL) (string, error) {
			asked = true
			return test.password, nil
		}
		got, err := proxyOf(t, network, "https://x.example")
		if !errors.Is(err, test.err) || asked != test.asked || got != nil && got.String() != test.want {
			t.Errorf("%s, method %q: %v, asked %v, %v", test.proxy, test.method, got, asked, err)
		}
	}
}

// A tlsServer is a token endpoint behind a certificate that only caFile vouches for.
type tlsServer struct {
	*httptest.Server
	caFile string
	asked  atomic.Int32
}

func startTLS(t *testing.T) *tlsServer {
	t.Helper()
	s := &tlsServer{caFile: filepath.Join(t.TempDir(), "ca.pem")}
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/user" {
			io.WriteString(w, `{"preferred_username":"alice"}`)
			return
		}
		io.WriteString(w, `{"access_token":"new","token_type":"bearer"}`)
	}))
	t.Cleanup(behind.Close)
	front, ca, err := testforge.Secure(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(front.Close)
	s.Server = front
	if err := os.WriteFile(s.caFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// client returns a client of the server, which reaches it by a network.
func (s *tlsServer) client(network Network) *Client {
	profile := Generic
	profile.TokenURL, profile.UserInfoURL = s.URL+"/token", s.URL+"/user"
	return &Client{Profile: profile, ID: "id", Secret: secret.New("secret"), Network: func(context.Context, string) (*Network, error) {
		return &network, nil
	}}
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
		name    string
		network Network
		meaning error
		says    string
	}{
		{name: "a file", network: Network{Server: TLS{CAFile: server.caFile}}},
		{name: "a directory", network: Network{Server: TLS{CAPath: filepath.Dir(server.caFile)}}},
		{name: "everybody", network: Network{Server: TLS{Unverified: true}}},
		{name: "the system's", meaning: ErrCertificate, says: "certificate"},
		{name: "a file without certificates", network: Network{Server: TLS{CAFile: empty}}, says: "http.sslCAInfo"},
		{name: "no file", network: Network{Server: TLS{CAFile: "/nowhere"}}, says: "/nowhere"},
		{name: "a directory without certificates", network: Network{Server: TLS{CAPath: filepath.Dir(empty)}}, meaning: ErrCertificate, says: "certificate"},
		{name: "no directory", network: Network{Server: TLS{CAPath: "/nowhere"}}, says: "/nowhere"},
		{name: "no client certificate", network: Network{Server: TLS{CAFile: server.caFile, CertFile: "/nowhere"}}, says: "http.sslCert"},
	} {
		token, err := server.client(test.network).Refresh(t.Context(), "present")
		switch {
		case test.says == "" && (err != nil || token.AccessToken != "new"):
			t.Errorf("%s: %v", test.name, err)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		case test.meaning != nil && !errors.Is(err, test.meaning):
			t.Errorf("%s: %v is no %v", test.name, err, test.meaning)
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
	good := Network{Proxy: "http://alice:open%20sesame@" + proxy, Server: TLS{CAFile: server.caFile}}
	client := server.client(good)
	if _, err := client.Refresh(t.Context(), "present"); err != nil || tunnels.Tunnels() != 1 {
		t.Errorf("%d tunnels, %v", tunnels.Tunnels(), err)
	}
	if account, err := client.Account(t.Context(), &oauth2.Token{AccessToken: "new"}); account != "alice" || err != nil || tunnels.Tunnels() != 2 {
		t.Errorf("user info: %q %v, %d tunnels", account, err, tunnels.Tunnels())
	}
	good.NoProxy = "127.0.0.1"
	if _, err := server.client(good).Refresh(t.Context(), "present"); err != nil || tunnels.Tunnels() != 2 {
		t.Errorf("without the proxy: %d tunnels, %v", tunnels.Tunnels(), err)
	}
	for _, wrong := range []string{"http://alice:hunter2@" + proxy, "alice:hunter2@" + proxy, "http://alice:hunter2@127.0.0.1:1"} {
		_, err := server.client(Network{Proxy: wrong, Server: TLS{CAFile: server.caFile}}).Refresh(t.Context(), "present")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("proxy %q: %v", wrong, err)
		}
	}
	if tunnels.Tunnels() != 2 || server.asked.Load() != 3 {
		t.Errorf("%d tunnels, asked %d times", tunnels.Tunnels(), server.asked.Load())
	}
}

// TestRetry: what uses nothing up is asked for twice when the connection breaks. A refresh token is sent once.
func TestRetry(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, `{"preferred_username":"alice"}`)
	}))
	t.Cleanup(server.Close)
	profile := Generic
	profile.TokenURL, profile.UserInfoURL = server.URL, server.URL
	client := &Client{Profile: profile}
	if account, err := client.Account(t.Context(), &oauth2.Token{AccessToken: "a"}); account != "alice" || err != nil {
		t.Errorf("user info: %q %v", account, err)
	}
	asked.Store(0)
	if _, err := client.Refresh(t.Context(), "present"); err == nil || asked.Load() != 1 {
		t.Errorf("refresh: asked %d times, %v", asked.Load(), err)
	}
	asked.Store(0)
	if _, err := client.exchange(t.Context(), "code", "http://127.0.0.1:1", "verifier"); err == nil || asked.Load() != 1 {
		t.Errorf("exchange: asked %d times, %v", asked.Load(), err)
	}
}
