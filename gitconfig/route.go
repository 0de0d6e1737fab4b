package flow

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// A Network is how a web server is reached: the settings of git's http section and its environment.
type Network struct {
	// Proxy is the proxy's URL, http, https or socks5, with or without a user name and password. "" is no proxy.
	Proxy string
	// ProxyAuth is http.proxyAuthMethod: how the password is told to the proxy.
	ProxyAuth string
	// Password returns the password for the name in the proxy's URL where that has none, "" if nobody knows it, as git
	// asks its helpers for it (init_curl_proxy_auth in git's http.c). Nil: nobody is asked.
	Password func(ctx context.Context, proxy *url.URL) (string, error)
	// NoProxy lists the hosts that are reached without one, as curl reads it: names, which stand for everything below
	// them too, addresses and networks, separated by commas or spaces, or "*".
	NoProxy string
	// Server and ProxyServer are how TLS is spoken with the server and with a proxy whose URL is https.
	Server, ProxyServer TLS
	// Resolve says where hosts are, as curl's --resolve does: HOST:PORT:ADDRESS[,ADDRESS]...
	Resolve []string
	// Headers are further lines to send, and UserAgent takes the place of our own name.
	Headers   []string
	UserAgent string
	// Stay says that no redirect is to be followed.
	Stay bool
}

// ReadNetwork puts together how git would reach a URL. config has the values that git config names for it in the
// section http, by their names in lower case; env looks up the environment. Which of them counts is what http_options,
// http_init and get_curl_handle do in git's http.c.
func ReadNetwork(address string, config map[string][]string, env func(name string) (value string, set bool)) *Network {
	s := sources{config, env}
	n := &Network{
		Server: TLS{
			CAFile:     s.path("GIT_SSL_CAINFO", "sslcainfo"),
			CAPath:     s.path("GIT_SSL_CAPATH", "sslcapath"),
			Unverified: s.setTo("sslverify", false),
			Pin:        s.path("", "pinnedpubkey"),
			Version:    s.value("GIT_SSL_VERSION", "sslversion"),
			Ciphers:    s.value("GIT_SSL_CIPHER_LIST", "sslcipherlist"),
			CertFile:   s.path("GIT_SSL_CERT", "sslcert"),
			CertType:   s.value("GIT_SSL_CERT_TYPE", "sslcerttype"),
			KeyFile:    s.path("GIT_SSL_KEY", "sslkey"),
			KeyType:    s.value("GIT_SSL_KEY_TYPE", "sslkeytype"),
		},
		// It is verified in any case, and without http.sslCAInfo: git leaves CURLOPT_PROXY_SSL_VERIFYPEER alone.
		ProxyServer: TLS{
			OfProxy:  true,
			CAFile:   s.value("GIT_PROXY_SSL_CAINFO", "proxysslcainfo"),
			CertFile: s.value("GIT_PROXY_SSL_CERT", "proxysslcert"),
			KeyFile:  s.value("GIT_PROXY_SSL_KEY", "proxysslkey"),
		},
		Proxy:     s.proxy(strings.HasPrefix(address, "https:")),
		ProxyAuth: s.value("GIT_HTTP_PROXY_AUTHMETHOD", "proxyauthmethod"),
		NoProxy:   s.variable("no_proxy", "NO_PROXY"),
		Resolve:   s.list("curloptresolve"),
		Headers:   s.list("extraheader"),
		UserAgent: s.value("GIT_HTTP_USER_AGENT", "useragent"),
		Stay:      s.setTo("followredirects", false),
	}
	if _, set := env("GIT_SSL_NO_VERIFY"); set {
		n.Server.Unverified = true
	}
	if s.value("", "sslbackend") == "schannel" && !s.setTo("schannelusesslcainfo", true) {
		n.Server.CAFile, n.Server.CAPath, n.ProxyServer.CAFile = "", "", ""
	}
	return n
}

// sources are where git finds how to reach a URL.
type sources struct {
	config map[string][]string
	env    func(string) (string, bool)
}

// value returns what a variable says, which may be "", or else the last value of a setting.
func (s sources) value(variable, setting string) string {
	if value, set := s.env(variable); set && variable != "" {
		return value
	}
	if values := s.config[setting]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// path is value for a file, of which git expands the setting.
func (s sources) path(variable, setting string) string {
	if value, set := s.env(variable); set && variable != "" {
		return value
	}
	return atHome(s.value("", setting))
}

// setTo reports whether a setting is there and is one of git's words for yes, or for no.
func (s sources) setTo(setting string, yes bool) bool {
	_, set := s.config[setting]
	return set && isFalse(s.value("", setting)) != yes
}

// list returns the values of a setting that may have many; an empty one takes back those before it.
func (s sources) list(setting string) (values []string) {
	for _, value := range s.config[setting] {
		values = append(values, value)
		if value == "" {
			values = nil
		}
	}
	return values
}

// variable returns the first of some variables that is set, be it to "".
func (s sources) variable(names ...string) string {
	for _, name := range names {
		if value, set := s.env(name); set {
			return value
		}
	}
	return ""
}

// proxy returns the proxy for a web server. "" is none, also where that is what a variable says.
func (s sources) proxy(https bool) string {
	if _, set := s.config["proxy"]; set {
		return s.value("", "proxy")
	}
	if https {
		return s.variable("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
	}
	// HTTP_PROXY can be set by whoever sends a request to a CGI program.
	return s.variable("http_proxy", "all_proxy", "ALL_PROXY")
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
