package testforge

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// Secure puts a server behind TLS, with a certificate that only caPEM vouches for.
func Secure(server string) (front *httptest.Server, caPEM []byte, err error) {
	behind, err := url.Parse(server)
	if err != nil {
		return nil, nil, err
	}
	front = httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	return front, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), nil
}

// A Proxy makes tunnels by CONNECT (RFC 9110, section 9.3.6) for alice, whose password is "open sesame".
type Proxy struct {
	// Addr is the proxy's host and port.
	Addr    string
	tunnels atomic.Int32
	server  *httptest.Server
}

// NewProxy starts a proxy.
func NewProxy() *Proxy {
	p := &Proxy{}
	p.server = httptest.NewServer(p)
	p.Addr = p.server.Listener.Addr().String()
	return p
}

// Close stops the proxy.
func (p *Proxy) Close() { p.server.Close() }

// Tunnels is how many tunnels there were.
func (p *Proxy) Tunnels() int { return int(p.tunnels.Load()) }

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header["Authorization"] = r.Header["Proxy-Authorization"]
	if user, password, _ := r.BasicAuth(); r.Method != http.MethodConnect || user != "alice" || password != "open sesame" {
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		there.Close()
		return
	}
	p.tunnels.Add(1)
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	Join(here, there)
}

// Join carries bytes both ways until one side ends.
func Join(here, there net.Conn) {
	carry := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
	}
	go carry(here, there)
	go carry(there, here)
}
