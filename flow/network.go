package flow

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// A Network is how a web server is reached: the settings of git's http section and its environment.
type Network struct {
	// Proxy is the proxy's URL, http, https or socks5, with or without a user name and password. "" is no proxy.
	Proxy string
	// NoProxy lists the hosts that are reached without one, as curl reads it: names, which stand for everything below
	// them too, addresses and networks, separated by commas or spaces, or "*".
	NoProxy string
	// CAFile and CAPath hold the only certificates to trust, in a file and in the files of a directory; without
	// either, those of the system are trusted. With Unverified everybody is.
	CAFile, CAPath string
	Unverified     bool
	// CertFile and KeyFile are the client's own certificate and its key.
	CertFile, KeyFile string
}

// ReadNetwork puts together how git would reach a URL. config has the values that git config --get-urlmatch names for
// it in the section http, by their names in lower case; env looks up the environment. Which of them counts is what
// get_curl_handle and http_init do in git's http.c.
func ReadNetwork(address string, config map[string]string, env func(string) string) *Network {
	n := &Network{
		CAFile:     cmp.Or(env("GIT_SSL_CAINFO"), atHome(config["sslcainfo"])),
		CAPath:     cmp.Or(env("GIT_SSL_CAPATH"), atHome(config["sslcapath"])),
		CertFile:   cmp.Or(env("GIT_SSL_CERT"), atHome(config["sslcert"])),
		KeyFile:    cmp.Or(env("GIT_SSL_KEY"), atHome(config["sslkey"])),
		NoProxy:    cmp.Or(env("no_proxy"), env("NO_PROXY")),
		Unverified: env("GIT_SSL_NO_VERIFY") != "",
	}
	if verify, set := config["sslverify"]; set {
		n.Unverified = n.Unverified || isFalse(verify)
	}
	proxy, set := config["proxy"]
	switch {
	case set: // Empty means none, whatever the environment says.
		n.Proxy = proxy
	case strings.HasPrefix(address, "https:"):
		n.Proxy = cmp.Or(env("https_proxy"), env("HTTPS_PROXY"), env("all_proxy"), env("ALL_PROXY"))
	default: // The upper-case name can be set by whoever sends a request to a CGI program.
		n.Proxy = cmp.Or(env("http_proxy"), env("all_proxy"), env("ALL_PROXY"))
	}
	return n
}

// isFalse reports whether a value of git config is one of git's words for no.
func isFalse(value string) bool {
	switch strings.ToLower(value) {
	case "false", "no", "off", "0", "":
		return true
	}
	return false
}

// atHome expands "~/" at the beginning of a path from git config.
func atHome(path string) string {
	rest, relative := strings.CutPrefix(path, "~/")
	if home, err := os.UserHomeDir(); relative && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// transport returns what reaches a server in this way.
func (n *Network) transport() (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	if n == nil {
		return t, nil
	}
	t.Proxy = n.proxyFor
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: n.Unverified}
	if n.CertFile != "" {
		certificate, err := tls.LoadX509KeyPair(n.CertFile, cmp.Or(n.KeyFile, n.CertFile))
		if err != nil {
			return nil, fmt.Errorf("http.sslCert: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{certificate}
	}
	roots, err := n.roots()
	t.TLSClientConfig.RootCAs = roots
	return t, err
}

// roots returns the certificates to trust, nil for the system's.
func (n *Network) roots() (*x509.CertPool, error) {
	if n.Unverified || n.CAFile == "" && n.CAPath == "" {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if n.CAFile != "" {
		certificates, err := os.ReadFile(n.CAFile)
		if err != nil || !roots.AppendCertsFromPEM(certificates) {
			return nil, fmt.Errorf("http.sslCAInfo: no certificates in %s", n.CAFile)
		}
	}
	if n.CAPath != "" {
		files, err := os.ReadDir(n.CAPath)
		if err != nil {
			return nil, fmt.Errorf("http.sslCAPath: %w", err)
		}
		for _, file := range files {
			if certificates, err := os.ReadFile(filepath.Join(n.CAPath, file.Name())); err == nil {
				roots.AppendCertsFromPEM(certificates)
			}
		}
	}
	return roots, nil
}

// A transport sends every request as git would send one to that URL.
type transport struct {
	network func(ctx context.Context, url string) (*Network, error)
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var network *Network
	var err error
	if t.network != nil {
		if network, err = t.network(r.Context(), r.URL.String()); err != nil {
			return nil, networkSetting{err}
		}
	}
	reach, err := network.transport()
	if err != nil {
		return nil, networkSetting{err}
	}
	return reach.RoundTrip(r)
}
