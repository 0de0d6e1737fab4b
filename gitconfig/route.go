package gitconfig

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// A route is how git would reach a web server: by the settings of its http section and its environment.
type route struct {
	// proxy is the proxy's URL, http, https or socks5, with or without a user name and password. "" is no proxy.
	proxy string
	// proxyAuth is http.proxyAuthMethod: how the password is told to the proxy.
	proxyAuth string
	// password returns the password for the name in the proxy's URL where that has none, "" if nobody knows it, as git
	// asks its helpers for it (init_curl_proxy_auth in git's http.c). Nil: nobody is asked.
	password func(ctx context.Context, proxy *url.URL) (string, error)
	// noProxy lists the hosts that are reached without one, as curl reads it: names, which stand for everything below
	// them too, addresses and networks, separated by commas or spaces, or "*".
	noProxy string
	// server and proxyServer are how TLS is spoken with the server and with a proxy whose URL is https.
	server, proxyServer trust
	// resolve says where hosts are, as curl's --resolve does: HOST:PORT:ADDRESS[,ADDRESS]...
	resolve []string
	// headers are further lines to send, and userAgent takes the place of our own name.
	headers   []string
	userAgent string
	// stay says that no redirect is to be followed.
	stay bool
}

// route asks git how it would reach a URL.
func (g Git) route(ctx context.Context, address string, isRemote func(url string) bool) (*route, error) {
	config, err := g.http(ctx, address, isRemote)
	if err != nil {
		return nil, err
	}
	r := readRoute(address, config, os.LookupEnv)
	r.password = g.password
	return r, nil
}

// readRoute puts together how git would reach a URL. config has the values that git config names for it in the
// section http, by their names in lower case; env looks up the environment. Which of them counts is what http_options,
// http_init and get_curl_handle do in git's http.c.
func readRoute(address string, config map[string][]string, env func(name string) (value string, set bool)) *route {
	s := sources{config, env}
	r := &route{
		server: trust{
			caFile:     s.path("GIT_SSL_CAINFO", "sslcainfo"),
			caPath:     s.path("GIT_SSL_CAPATH", "sslcapath"),
			unverified: s.setTo("sslverify", false),
			pin:        s.path("", "pinnedpubkey"),
			version:    s.value("GIT_SSL_VERSION", "sslversion"),
			ciphers:    s.value("GIT_SSL_CIPHER_LIST", "sslcipherlist"),
			certFile:   s.path("GIT_SSL_CERT", "sslcert"),
			certType:   s.value("GIT_SSL_CERT_TYPE", "sslcerttype"),
			keyFile:    s.path("GIT_SSL_KEY", "sslkey"),
			keyType:    s.value("GIT_SSL_KEY_TYPE", "sslkeytype"),
		},
		// It is verified in any case, and without http.sslCAInfo: git leaves CURLOPT_PROXY_SSL_VERIFYPEER alone.
		proxyServer: trust{
			ofProxy:  true,
			caFile:   s.value("GIT_PROXY_SSL_CAINFO", "proxysslcainfo"),
			certFile: s.value("GIT_PROXY_SSL_CERT", "proxysslcert"),
			keyFile:  s.value("GIT_PROXY_SSL_KEY", "proxysslkey"),
		},
		proxy:     s.proxy(strings.HasPrefix(address, "https:")),
		proxyAuth: s.value("GIT_HTTP_PROXY_AUTHMETHOD", "proxyauthmethod"),
		noProxy:   s.variable("no_proxy", "NO_PROXY"),
		resolve:   s.list("curloptresolve"),
		headers:   s.list("extraheader"),
		userAgent: s.value("GIT_HTTP_USER_AGENT", "useragent"),
		stay:      s.setTo("followredirects", false),
	}
	if _, set := env("GIT_SSL_NO_VERIFY"); set {
		r.server.unverified = true
	}
	if s.value("", "sslbackend") == "schannel" && !s.setTo("schannelusesslcainfo", true) {
		r.server.caFile, r.server.caPath, r.proxyServer.caFile = "", "", ""
	}
	return r
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
