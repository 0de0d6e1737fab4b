package gitconfig

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

func never(string) bool { return false }

// TestHTTP: git's settings of a web address, by git's rule.
func TestHTTP(t *testing.T) {
	need.GitConfig(t, `[http]
	proxy = all
	sslVerify
	extraHeader = A: 1
	extraHeader = B: 2
	curloptResolve = a:443:127.0.0.1
[http "https://id.example"]
	proxy = host
	sslCAInfo = ~/ca.pem
	extraHeader = C: 3
[http "https://id.example/token"]
	proxy = ""
	extraHeader =
	extraHeader = D: 4
`)
	for address, want := range map[string]map[string][]string{
		"https://id.example/token": {
			"proxy": {""}, "sslcainfo": {"~/ca.pem"}, "sslverify": {"true"},
			"extraheader": {"A: 1", "B: 2", "C: 3", "", "D: 4"}, "curloptresolve": {"a:443:127.0.0.1"},
		},
		"https://id.example/user": {
			"proxy": {"host"}, "sslcainfo": {"~/ca.pem"}, "sslverify": {"true"},
			"extraheader": {"A: 1", "B: 2", "C: 3"}, "curloptresolve": {"a:443:127.0.0.1"},
		},
		"https://other.example/user": {
			"proxy": {"all"}, "sslverify": {"true"}, "extraheader": {"A: 1", "B: 2"}, "curloptresolve": {"a:443:127.0.0.1"},
		},
	} {
		got, err := Git{}.http(t.Context(), address, never)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v, want %q", address, got, err, want)
		}
	}
	need.GitConfig(t, "")
	if got, err := (Git{}).http(t.Context(), "https://id.example", never); err != nil || len(got) > 0 {
		t.Errorf("nothing is set: %q, %v", got, err)
	}
}

// TestRemoteProxy: a remote's own proxy comes before http.proxy, for the host of that remote.
func TestRemoteProxy(t *testing.T) {
	need.GitConfig(t, `[http]
	proxy = all
[url "https://git.example/"]
	insteadOf = work:
[remote "elsewhere"]
	url = https://other.example/acme/app
	proxy = wrong
[remote "--upload-pack=touch found"]
	url = https://other.example/acme/app
	proxy = wrong
[remote "my.origin"]
	url = work:acme/app
	proxy = ours
	proxyAuthMethod = basic
[remote "second"]
	url = https://git.example/acme/app
	proxy = late
[remote "plain"]
	url = https://git.example/acme/app
`)
	for host, want := range map[string]map[string][]string{
		"git.example":     {"proxy": {"ours"}, "proxyauthmethod": {"basic"}},
		"other.example":   {"proxy": {"wrong"}},
		"another.example": {"proxy": {"all"}},
	} {
		ofHost := func(url string) bool { return strings.HasPrefix(url, "https://"+host+"/") }
		got, err := Git{}.http(t.Context(), "https://id.example/token", ofHost)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v, want %q", host, got, err, want)
		}
	}
	if _, err := os.Stat("found"); err == nil {
		t.Error("the name of a remote was taken for an option")
	}
}

// TestPassword: git's helpers are asked as git asks them, and nobody else is. The directory's own helper is left out where
// git is to be asked outside of it.
func TestPassword(t *testing.T) {
	dir := need.GitConfig(t, `[credential]
	helper = "!sed 's/^/asked /' >>asked; echo password=open sesame; :"
[credential "http://silent"]
	helper =
`)
	t.Setenv("GIT_ASKPASS", "touch")
	for _, test := range []struct{ proxy, want, asked string }{
		{"http://alice@proxy:3128", "open sesame", "asked protocol=http\nasked host=proxy:3128\nasked username=alice\n"},
		{"http://al%40ice@proxy", "open sesame", "asked protocol=http\nasked host=proxy\nasked username=al@ice\n"},
		{"socks5h://alice@localhost/run/tor/socks", "open sesame", "asked protocol=socks5h\nasked host=localhost\nasked path=run/tor/socks\nasked username=alice\n"},
		{"http://alice%0Ahost=evil@proxy", "", ""},
		{"http://alice@silent", "", ""},
	} {
		os.Remove("asked")
		proxy, err := url.Parse(test.proxy)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Git{}.password(t.Context(), proxy)
		asked, _ := os.ReadFile("asked")
		if err != nil || got != test.want || !strings.HasPrefix(dropCapabilities(string(asked)), test.asked) {
			t.Errorf("%s: %q, %v, asked %q", test.proxy, got, err, asked)
		}
	}
	if questions, _ := filepath.Glob("Password*"); questions != nil {
		t.Errorf("somebody else was asked: %q", questions)
	}
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := exec.Command("git", "config", "--local", "credential.helper", "!echo password=evil; :").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	proxy := &url.URL{Scheme: "http", User: url.User("alice"), Host: "silent"}
	if got, err := (Git{Outside: true}).password(t.Context(), proxy); got != "" || err != nil {
		t.Errorf("outside: %q, %v", got, err)
	}
	proxy.Host = "proxy"
	if got, err := (Git{Outside: true}).password(t.Context(), proxy); got != "open sesame" || err != nil {
		t.Errorf("outside: %q, %v", got, err)
	}
}

// dropCapabilities takes out what newer git tells a helper about itself.
func dropCapabilities(asked string) string {
	kept := ""
	for line := range strings.Lines(asked) {
		if !strings.Contains(line, "capability[]=") {
			kept += line
		}
	}
	return kept
}
