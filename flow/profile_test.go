package flow

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// TestProfiles: what is easily forgotten in a new profile.
func TestProfiles(t *testing.T) {
	t.Parallel()
	names, hosts := map[string]bool{"": true, Generic.Name: true}, map[string]bool{"": true}
	for _, p := range Profiles {
		if names[p.Name] || hosts[p.Host] && p.Host != "" {
			t.Errorf("%q: not the only profile of that name or of host %q", p.Name, p.Host)
		}
		names[p.Name], hosts[p.Host] = true, true
		if p.Username == "" || p.AuthURL == "" || p.TokenURL == "" {
			t.Errorf("%s: lacks a user name or an endpoint", p.Name)
		}
		if (p.UserInfoURL == "") != (p.UserInfoName == "") {
			t.Errorf("%s: a user info endpoint needs the member with the name", p.Name)
		}
		for _, endpoint := range []string{p.AuthURL, p.TokenURL, p.UserInfoURL, p.DeviceAuthURL, p.RevokeURL} {
			wantOwnEndpoint(t, p, endpoint)
		}
		if page, err := url.Parse(p.ClientURL); err != nil || page.Scheme != "https" {
			t.Errorf("%s: says to create a client at %q", p.Name, p.ClientURL)
		}
		if found, ok := ByName(p.Name); !ok || found.Host != p.Host {
			t.Errorf("%s: not found by name", p.Name)
		}
		if found, ok := ByHost(p.Host); ok != (p.Host != "") || ok && found.Name != p.Name {
			t.Errorf("%s: not found by host", p.Name)
		}
	}
	for _, p := range append([]Profile{Generic}, Profiles...) {
		if p.AuthStyle != oauth2.AuthStyleInHeader && p.AuthStyle != oauth2.AuthStyleInParams {
			t.Errorf("%s: no AuthStyle", p.Name)
		}
		if _, err := parseRedirect(p.RedirectURL); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// signInHosts are where a company signs people in to all that it has.
var signInHosts = map[string][]string{
	"azure":  {"login.microsoftonline.com"},
	"google": {"accounts.google.com", "oauth2.googleapis.com"},
}

// wantOwnEndpoint checks that an endpoint is relative to the git host, or https on the forge's own host or below it, or
// on the company's for signing in.
func wantOwnEndpoint(t *testing.T, p Profile, endpoint string) {
	t.Helper()
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		t.Errorf("%s: %v", p.Name, err)
	case endpoint == "" || u.Scheme == "" && u.Host == "" && strings.HasPrefix(endpoint, "/"):
	case u.Scheme == "https" && slices.Contains(signInHosts[p.Name], u.Host):
	case u.Scheme != "https" || p.Host == "" || u.Host != p.Host && !strings.HasSuffix(u.Host, "."+p.Host):
		t.Errorf("%s: %s is not on its host", p.Name, endpoint)
	}
}

// TestFind: a host is its whole name, and neither a host without a name nor a name without a profile is anybody's.
func TestFind(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "www.bitbucket.org", "bitbucket.org.evil.example", "evilbitbucket.org", "bitbucket"} {
		if p, found := ByHost(host); found {
			t.Errorf("host %q is %s", host, p.Name)
		}
	}
	for _, name := range []string{"", "bitbucket.org", "Bitbucket"} {
		if p, found := ByName(name); found {
			t.Errorf("name %q is %s", name, p.Name)
		}
	}
	if p, found := ByName("oidc"); !found || p.Name != Generic.Name {
		t.Error("the generic profile has no name")
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	forge := Profile{Host: "forge.example", AuthURL: "/authorize", TokenURL: "https://auth.forge.example/token", UserInfoURL: ""}
	anywhere := Profile{AuthURL: "/oauth/authorize?prompt=consent", TokenURL: "oauth/token", UserInfoURL: "https://api.example/user"}
	for _, test := range []struct {
		name              string
		profile           Profile
		host              string
		auth, token, user string
	}{
		{"its own host", forge, "https://forge.example", "https://forge.example/authorize", "https://auth.forge.example/token", ""},
		{"its own host with a port", forge, "https://forge.example:8443", "https://forge.example:8443/authorize", "https://auth.forge.example/token", ""},
		{"the software elsewhere", forge, "https://git.company.example", "https://git.company.example/authorize", "", ""},
		{"a name that only ends like its own", forge, "https://evilforge.example", "https://evilforge.example/authorize", "", ""},
		{"a profile without a host", anywhere, "https://git.example", "https://git.example/oauth/authorize?prompt=consent", "https://git.example/oauth/token", "https://api.example/user"},
		{"loopback", anywhere, "http://[::1]:3000", "http://[::1]:3000/oauth/authorize?prompt=consent", "http://[::1]:3000/oauth/token", "https://api.example/user"},
		{"nothing to resolve", Profile{}, "https://git.example", "", "", ""},
	} {
		host, err := url.Parse(test.host)
		if err != nil {
			t.Fatal(err)
		}
		at, err := test.profile.At(host)
		if err != nil || at.AuthURL != test.auth || at.TokenURL != test.token || at.UserInfoURL != test.user {
			t.Errorf("%s: %q, %q, %q, %v", test.name, at.AuthURL, at.TokenURL, at.UserInfoURL, err)
		}
	}
	if _, err := (Profile{TokenURL: "http://%zz"}).At(&url.URL{Scheme: "https", Host: "git.example"}); err == nil {
		t.Error("resolved what is no URL")
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://git.example/token":            "",
		"https://git.example:8443/token?x=y":   "",
		"HTTPS://git.example/token":            "",
		"http://localhost:3000/token":          "",
		"http://127.0.0.1/token":               "",
		"http://127.9.9.9:3000/token":          "",
		"http://[::1]:3000/token":              "",
		"":                                     "is not set",
		"http://git.example/token":             "must be https",
		"http://127.0.0.1.evil.example/token":  "must be https",
		"http://localhost.evil.example/token":  "must be https",
		"http://[2001:db8::1]/token":           "must be https",
		"http://0.0.0.0/token":                 "must be https",
		"ftp://localhost/token":                "must be https",
		"ws://localhost/token":                 "must be https",
		"file://localhost/bin/sh":              "must be https",
		"file:///bin/sh":                       "is not an absolute URL",
		"javascript:alert(1)":                  "is not an absolute URL",
		"data:text/html,hello":                 "is not an absolute URL",
		"/site/oauth2/access_token":            "is not an absolute URL",
		"//git.example/token":                  "must be https",
		"git.example/token":                    "is not an absolute URL",
		"https:///token":                       "is not an absolute URL",
		"https://:443/token":                   "is not an absolute URL",
		"https://git.example/token#part":       "is not an absolute URL",
		"https://git.example\\@evil.example":   "is not an absolute URL",
		"https://git.example/\x1b[2J":          "is not an absolute URL",
		"https://git.example@evil.example/":    "must not hold a user name",
		"https://alice:hunter2@git.example/":   "must not hold a user name",
		"http://localhost:3000@evil.example/x": "must not hold a user name",
	} {
		switch err := CheckEndpoint("oauthTokenURL", endpoint); {
		case want == "" && err != nil:
			t.Errorf("%q: %v", endpoint, err)
		case want != "" && err == nil:
			t.Errorf("%q: taken", endpoint)
		case want != "":
			wantText(t, err.Error(), []string{"oauthTokenURL " + want}, "hunter2")
		}
	}
}
