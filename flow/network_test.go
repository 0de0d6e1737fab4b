package flow

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"

	"git-credential-grant/flow/flowtest"
	"git-credential-grant/internal/secret"
)

// TestReadNetwork: which of git's settings and of the environment counts.
func TestReadNetwork(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	type values = map[string]string
	for _, test := range []struct {
		name        string
		address     string
		config, env values
		want        Network
	}{
		{"nothing", "https://x.example", nil, nil, Network{}},
		{"http.proxy", "https://x.example", values{"proxy": "one:3128"}, values{"https_proxy": "two"}, Network{Proxy: "one:3128"}},
		{"an empty http.proxy is none", "https://x.example", values{"proxy": ""}, values{"https_proxy": "two", "all_proxy": "three"}, Network{}},
		{"the lower-case name comes first", "https://x.example", nil, values{"https_proxy": "low", "HTTPS_PROXY": "up", "NO_PROXY": "a", "no_proxy": "b"}, Network{Proxy: "low", NoProxy: "b"}},
		{"upper case", "https://x.example", nil, values{"HTTPS_PROXY": "up", "ALL_PROXY": "all", "NO_PROXY": "a"}, Network{Proxy: "up", NoProxy: "a"}},
		{"all_proxy", "https://x.example", nil, values{"http_proxy": "plain", "ALL_PROXY": "all"}, Network{Proxy: "all"}},
		{"http", "http://x.example", nil, values{"http_proxy": "plain", "https_proxy": "tls"}, Network{Proxy: "plain"}},
		{"HTTP_PROXY may come from a request", "http://x.example", nil, values{"HTTP_PROXY": "plain"}, Network{}},
		{"http.sslCAInfo", "https://x.example", values{"sslcainfo": "~/ca.pem", "sslcapath": "/certs"}, nil, Network{CAFile: "/home/alice/ca.pem", CAPath: "/certs"}},
		{"GIT_SSL_CAINFO", "https://x.example", values{"sslcainfo": "/one"}, values{"GIT_SSL_CAINFO": "/two", "GIT_SSL_CAPATH": "/three"}, Network{CAFile: "/two", CAPath: "/three"}},
		{"http.sslVerify", "https://x.example", values{"sslverify": "No"}, nil, Network{Unverified: true}},
		{"http.sslVerify, spelt otherwise", "https://x.example", values{"sslverify": "true"}, nil, Network{}},
		{"GIT_SSL_NO_VERIFY", "https://x.example", values{"sslverify": "true"}, values{"GIT_SSL_NO_VERIFY": "false"}, Network{Unverified: true}},
		{"http.sslCert", "https://x.example", values{"sslcert": "/cert", "sslkey": "/key"}, values{"GIT_SSL_KEY": "/other"}, Network{CertFile: "/cert", KeyFile: "/other"}},
	} {
		env := func(name string) string { return test.env[name] }
		if got := ReadNetwork(test.address, test.config, env); *got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, *got, test.want)
		}
	}
}

// TestProxyFor: who is reached by a proxy, and by which.
func TestProxyFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ proxy, noProxy, address, want string }{
		{"", "", "https://x.example", ""},
		{"proxy.example:3128", "", "https://x.example", "http://proxy.example:3128"},
		{"https://u:p@proxy.example", "", "https://x.example", "https://u:p@proxy.example"},
		{"socks5://proxy.example:1080", "", "https://x.example", "socks5://proxy.example:1080"},
		{"socks5h://proxy.example:1080", "", "http://localhost", "socks5h://proxy.example:1080"},
		{"one", "*", "https://x.example", ""},
		{"one", "x.example", "https://x.example", ""},
		{"one", "X.Example.", "https://x.example:8443", ""},
		{"one", "y.example, example", "https://x.example", ""},
		{"one", ".example", "https://x.example", ""},
		{"one", "y.example x.example", "https://x.example", ""},
		{"one", "ample", "https://x.example", "http://one"},
		{"one", "a.x.example", "https://x.example", "http://one"},
		{"one", ",, .", "https://x.example", "http://one"},
		{"one", "10.0.0.0/8", "https://10.1.2.3", ""},
		{"one", "10.1.2.3", "https://10.1.2.3", ""},
		{"one", "3", "https://10.1.2.3", "http://one"},
		{"one", "::1", "https://[::1]:8443", ""},
		{"one", "[::1]", "https://[::1]", ""},
		{"one", "11.0.0.0/8", "https://10.1.2.3", "http://one"},
	} {
		request := httptest.NewRequest(http.MethodGet, test.address, nil)
		got, err := (&Network{Proxy: test.proxy, NoProxy: test.noProxy}).proxyFor(request)
		if err != nil || got != nil && got.String() != test.want || got == nil && test.want != "" {
			t.Errorf("proxy %q but %q, %s: %v %v, want %q", test.proxy, test.noProxy, test.address, got, err, test.want)
		}
	}
	for _, proxy := range []string{"http://alice:hunter2@pr%zzoxy", "socks4://alice:hunter2@proxy", "http://", "ftp://alice:hunter2@x"} {
		_, err := (&Network{Proxy: proxy}).proxyFor(httptest.NewRequest(http.MethodGet, "https://x.example", nil))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("proxy %q: %v", proxy, err)
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
	front, ca, err := flowtest.Secure(behind.URL)
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
		{name: "a file", network: Network{CAFile: server.caFile}},
		{name: "a directory", network: Network{CAPath: filepath.Dir(server.caFile)}},
		{name: "everybody", network: Network{Unverified: true}},
		{name: "the system's", meaning: ErrCertificate, says: "certificate"},
		{name: "a file without certificates", network: Network{CAFile: empty}, says: "http.sslCAInfo"},
		{name: "no file", network: Network{CAFile: "/nowhere"}, says: "/nowhere"},
		{name: "a directory without certificates", network: Network{CAPath: filepath.Dir(empty)}, meaning: ErrCertificate, says: "certificate"},
		{name: "no directory", network: Network{CAPath: "/nowhere"}, says: "/nowhere"},
		{name: "no client certificate", network: Network{CAFile: server.caFile, CertFile: "/nowhere"}, says: "http.sslCert"},
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
	tunnels := flowtest.NewProxy()
	t.Cleanup(tunnels.Close)
	proxy := tunnels.Addr
	good := Network{Proxy: "http://alice:open%20sesame@" + proxy, CAFile: server.caFile}
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
		_, err := server.client(Network{Proxy: wrong, CAFile: server.caFile}).Refresh(t.Context(), "present")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("proxy %q: %v", wrong, err)
		}
	}
	if tunnels.Tunnels() != 2 || server.asked.Load() != 3 {
		t.Errorf("%d tunnels, asked %d times", tunnels.Tunnels(), server.asked.Load())
	}
}

// TestSOCKS: the same through a SOCKS5 proxy (RFC 1928).
func TestSOCKS(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var tunnels atomic.Int32
	go func() {
		here, err := listener.Accept()
		if err != nil {
			return
		}
		request := make([]byte, 256)
		io.ReadAtLeast(here, request, 3) // version and methods
		here.Write([]byte{5, 0})
		io.ReadAtLeast(here, request, 10) // version, connect, address and port
		u, _ := url.Parse(server.URL)
		there, err := net.Dial("tcp", u.Host)
		if err != nil {
			return
		}
		tunnels.Add(1)
		here.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		flowtest.Join(here, there)
	}()
	client := server.client(Network{Proxy: "socks5://" + listener.Addr().String(), CAFile: server.caFile})
	if _, err := client.Refresh(t.Context(), "present"); err != nil || tunnels.Load() != 1 {
		t.Errorf("%d tunnels, %v", tunnels.Load(), err)
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
