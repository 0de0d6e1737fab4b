package gitconfig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/need"
	"git-credential-grant/testforge"
)

// silent is for servers that are made to fail.
var silent = log.New(io.Discard, "", 0)

// runProxy starts a program that listens on a port of this machine and makes connections for others.
func runProxy(t *testing.T, command func(port string) *exec.Cmd) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	proxy := command(port)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		proxy.Process.Kill()
		proxy.Wait()
	})
	for range 500 {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			return address
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(proxy.Path, " does not listen")
	return ""
}

// tinyproxy runs tinyproxy (https://tinyproxy.github.io) for alice, whose password is "open-sesame".
func tinyproxy(t *testing.T) (address string) {
	t.Helper()
	need.Programs(t, "tinyproxy")
	return runProxy(t, func(port string) *exec.Cmd {
		config := write(t, "tinyproxy.conf", fmt.Appendf(nil, "Port %s\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nBasicAuth alice open-sesame\n", port))
		return exec.Command("tinyproxy", "-d", "-c", config)
	})
}

// microsocks runs microsocks (https://github.com/rofl0r/microsocks), a SOCKS5 server, for the same.
func microsocks(t *testing.T) (address string) {
	t.Helper()
	need.Programs(t, "microsocks")
	return runProxy(t, func(port string) *exec.Cmd {
		return exec.Command("microsocks", "-i", "127.0.0.1", "-p", port, "-u", "alice", "-P", "open-sesame")
	})
}

// TestRealProxies: tinyproxy and microsocks let us pass with the right password, be it in the URL or known to git's
// helpers; what is wrong is said in words that a hint fits to.
func TestRealProxies(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	for kind, start := range map[string]func(*testing.T) string{"http": tinyproxy, "socks5": microsocks, "socks5h": microsocks} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			proxy := start(t)
			for _, test := range []struct {
				user, known string
				err         error
			}{
				{"alice:open-sesame@", "", nil},
				{"alice@", "open-sesame", nil},
				{"alice@", "hunter2", ErrProxyRefused},
				{"alice:hunter2@", "", ErrProxyRefused},
				{"alice@", "", ErrProxyPassword},
				{"", "", ErrProxyPassword},
			} {
				by := route{proxy: kind + "://" + test.user + proxy, server: trust{caFile: server.caFile}}
				by.password = func(context.Context, *url.URL) (string, error) { return test.known, nil }
				err := reach(t.Context(), by, server.URL)
				if !errors.Is(err, test.err) {
					t.Errorf("%q, known %q: %v, want %v", test.user, test.known, err, test.err)
				}
				if err != nil && strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%q: the password is shown: %v", test.user, err)
				}
				wrong, found := errors.AsType[*ProxyError](err)
				name := map[bool]string{true: "USER", false: "alice"}[test.user == ""]
				if err != nil && (!found || wrong.Proxy != kind+"://"+name+"@"+proxy) {
					t.Errorf("%q: the hint would name %+v", test.user, wrong)
				}
			}
		})
	}
}

// TestPlainThroughProxy: to a server without TLS a proxy passes on each request, and answers in its place.
func TestPlainThroughProxy(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	proxy := tinyproxy(t)
	for user, want := range map[string]error{"alice:open-sesame@": nil, "": ErrProxyPassword} {
		if err := reach(t.Context(), route{proxy: "http://" + user + proxy}, server.URL); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", user, err, want)
		}
	}
}

// TestSOCKSSocket: a SOCKS server behind a socket, as Tor makes one, is named by a path.
func TestSOCKSSocket(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	proxy := microsocks(t)
	socket := filepath.Join(t.TempDir(), "so cks")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", proxy)
			if err != nil {
				return
			}
			testforge.Join(here, there)
		}
	}()
	path := (&url.URL{Path: socket}).EscapedPath()
	by := route{proxy: "socks5h://alice:open-sesame@localhost" + path, server: trust{caFile: server.caFile}}
	if err := reach(t.Context(), by, server.URL); err != nil {
		t.Error(err)
	}
}

// TestResolve: a name means what http.curloptResolve says, straight and through a proxy of the kind socks5, which is
// told the address. One of the kind socks5h, or http, is told the name, and decides itself.
func TestResolve(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	const name = "example.com" // httptest's certificate is good for it
	socks, tunnels := microsocks(t), tinyproxy(t)
	for _, test := range []struct {
		proxy   string
		resolve []string
		reached bool
	}{
		{"", []string{name + ":" + port + ":127.0.0.1"}, true},
		{"", []string{"+EXAMPLE.com:" + port + ":[127.0.0.1]"}, true},
		{"", []string{"*:" + port + ":127.0.0.1"}, true},
		{"", []string{"other.example:" + port + ":127.0.0.2", name + ":" + port + ":127.0.0.9,127.0.0.1"}, true},
		{"", []string{"-" + name + ":" + port, name + ":1:127.0.0.1"}, false},
		{"socks5://alice:open-sesame@" + socks, []string{name + ":" + port + ":127.0.0.1"}, true},
		{"socks5h://alice:open-sesame@" + socks, []string{name + ":" + port + ":127.0.0.1"}, false},
		{"http://alice:open-sesame@" + tunnels, []string{name + ":" + port + ":127.0.0.1"}, false},
	} {
		by := route{proxy: test.proxy, resolve: test.resolve, server: trust{caFile: server.caFile}}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := reach(ctx, by, "https://"+name+":"+port)
		cancel()
		if (err == nil) != test.reached {
			t.Errorf("proxy %q, %q: %v", test.proxy, test.resolve, err)
		}
	}
}

// TestResolvedHere: the server of an address that was found here is still spoken to by its name.
func TestResolvedHere(t *testing.T) {
	t.Parallel()
	var names []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		names = append(names, r.TLS.ServerName, r.Host)
	}))
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	by := route{
		proxy:   "socks5://alice:open-sesame@" + microsocks(t),
		resolve: []string{"example.com:" + port + ":127.0.0.1"},
		server:  trust{caFile: caFile(t, server.Certificate())},
	}
	if err := reach(t.Context(), by, "https://example.com:"+port); err != nil || strings.Join(names, " ") != "example.com example.com:"+port {
		t.Errorf("the server is called %q, %v", names, err)
	}
}

// TestSecureProxy: a proxy behind TLS has trust and a client certificate of its own; http.sslCAInfo, http.sslVerify and
// http.pinnedPubkey are about the server alone.
func TestSecureProxy(t *testing.T) {
	t.Parallel()
	server := startTLS(t)
	proxy := httptest.NewUnstartedServer(&testforge.Proxy{})
	proxy.Config.ErrorLog = silent
	proxy.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	trusted := caFile(t, proxy.Certificate())
	cert, key := selfSigned(t)
	for _, test := range []struct {
		name  string
		proxy trust
		says  string
		err   error
	}{
		{"all is right", trust{caFile: trusted, certFile: cert, keyFile: key}, "", nil},
		{"no trust", trust{certFile: cert, keyFile: key}, "unknown authority", ErrProxyCertificate},
		{"no certificate", trust{caFile: trusted}, "certificate required", nil},
		{"no file", trust{caFile: "/nowhere"}, "http.proxySSLCAInfo", nil},
		{"no key", trust{caFile: trusted, certFile: cert}, "http.proxySSLCert", ErrClientKey},
	} {
		test.proxy.ofProxy = true
		by := route{
			proxy:       "https://alice:open%20sesame@" + proxy.Listener.Addr().String(),
			server:      trust{caFile: server.caFile},
			proxyServer: test.proxy,
		}
		err := reach(t.Context(), by, server.URL)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
}

// selfSigned makes a certificate and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	need.Programs(t, "openssl")
	out, err := exec.Command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=alice").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return cert, key
}

// TestProxyAnswers: what a proxy says that does not let us pass.
func TestProxyAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		challenges []string
		says       string
		err        error
	}{
		// Squid 5.7 with basic authentication, and Microsoft's proxies (https://learn.microsoft.com/openspecs/windows_protocols/ms-nthtp).
		{407, []string{`Basic realm="Squid proxy-caching web server"`}, "wants a user name and a password", ErrProxyPassword},
		{407, []string{"NEGOTIATE", "NTLM", `BASIC realm="corp"`}, "wants a user name and a password", ErrProxyPassword},
		{407, []string{`Negotiate, NTLM, Basic realm="a, b", charset="UTF-8"`}, "wants a user name and a password", ErrProxyPassword},
		{407, []string{"Negotiate", "Kerberos", "NTLM"}, "it offers Negotiate, Kerberos, NTLM, and only basic is possible", ErrProxyMethod},
		{401, nil, "wants a user name and a password", ErrProxyPassword}, // tinyproxy says 401 of a wrong password
		{403, nil, "the proxy does not let this through: it answered with status 403", nil},
		{503, nil, "the proxy does not let this through: it answered with status 503", nil},
	} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Proxy-Authenticate"] = test.challenges
			w.WriteHeader(test.status)
		}))
		err := reach(t.Context(), route{proxy: proxy.URL}, "https://git.example")
		if err == nil || !strings.Contains(err.Error(), test.says) || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("%d %q: %v, want %q", test.status, test.challenges, err, test.says)
		}
		proxy.Close()
	}
}

// TestExtraHeaders: what git sends along is sent too, and never in the place of what the request itself says.
func TestExtraHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	t.Cleanup(server.Close)
	headers := []string{
		"X-Gateway: open: sesame", "x-gateway:twice", "AUTHORIZATION: basic Zm9v", "content-type: text/plain", "User-Agent: evil", "Host: evil.example",
	}
	for agent, want := range map[string]string{"": "git-credential-grant/1.2", "git/2.39": "git/2.39"} {
		client := http.Client{Transport: route{headers: headers, userAgent: agent}.transport()}
		if _, err := client.Post(server.URL, "application/x-www-form-urlencoded", nil); err != nil {
			t.Fatal(err)
		}
		if got.Get("User-Agent") != want || strings.Join(got.Values("X-Gateway"), "|") != "open: sesame|twice" ||
			got.Get("Authorization") != "" || got.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("the request has %v", got)
		}
	}
}
