package helper

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestOrigin(t *testing.T) {
	for _, test := range []struct{ protocol, host, want string }{
		{"https", "git.example", "https://git.example"},
		{"HTTPS", "Git.Example", "https://git.example"},
		{"https", "git.example:443", "https://git.example"},
		{"https", "git.example:80", "https://git.example:80"},
		{"https", "git.example:8443", "https://git.example:8443"},
		{"http", "git.example:80", "http://git.example"},
		{"http", "git.example:443", "http://git.example:443"},
		{"https", "[2001:DB8::1]", "https://[2001:db8::1]"},
		{"https", "[::1]:443", "https://[::1]"},
		{"https", "[2001:db8::443]", "https://[2001:db8::443]"},
		{"smtp", "mail.example:587", "smtp://mail.example:587"},
		{"cert", "", "cert://"},
		// Names that look alike are not the same host.
		{"https", "git.example.", "https://git.example."},
		{"https", "git.example%2f", "https://git.example%2f"},
		// With a byte outside ASCII, all of the host stays as it is.
		{"https", "G\u0130T.example:443", "https://G\u0130T.example:443"},
		{"https", "git.\xff", "https://git.\xff"},
		{"https", "git.example:443:443", "https://git.example:443:443"},
		{"https", "git.example:8443:443", "https://git.example:8443:443"},
		// Only a scheme stands before "://", so that no two origins read alike.
		{"https://git.example", "x", ""},
		{"htt\u017fps", "git.example", ""},
		{"", "git.example", ""},
		// Without a host no credential can be meant (CVE-2020-11008).
		{"https", "", ""},
		{"https", ":443", ""},
		{"http", ":80", ""},
	} {
		if origin := newOrigin(test.protocol, test.host); ParseOrigin(origin.String()) != origin {
			t.Errorf("%s reads back as another", origin)
		}
		if got := newOrigin(test.protocol, test.host).String(); got != test.want {
			t.Errorf("the origin of %s and %q is %q, want %q", test.protocol, test.host, got, test.want)
		}
	}
	for _, protocol := range []string{"https", "cert"} {
		if got := parse(t, "protocol="+protocol+"\n").Origin; got != (Origin{}) {
			t.Errorf("%s without a host has the origin %q", protocol, got)
		}
	}
}

// TestLookalikes: a character that becomes ASCII when it is folded or normalised never makes a host of another one. Git
// and curl may connect to a third: to them g\u0130thub.com is xn--github-qyd.com.
func TestLookalikes(t *testing.T) {
	lookalikes := 0
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !unicode.IsGraphic(r) {
			continue
		}
		letter := string(r)
		ascii := false
		for _, form := range []string{
			strings.ToLower(letter), strings.ToUpper(letter), strings.ToTitle(letter), string(unicode.SimpleFold(r)),
			norm.NFKC.String(letter), norm.NFKD.String(letter), norm.NFKC.String(strings.ToLower(letter)),
		} {
			ascii = ascii || form[0] < 0x80
		}
		if !ascii {
			continue
		}
		lookalikes++
		for _, host := range []string{letter, letter + "ithub.com", "g" + letter + "thub.com", "github" + letter + "com", "github.com" + letter} {
			origin := newOrigin("https", host)
			if origin.Host() != host || origin.IsWeb() || origin.MayHaveToken() || ParseOrigin(origin.String()) != origin {
				t.Errorf("%q (%U) became %q", host, r, origin)
			}
		}
	}
	if lookalikes < 1000 {
		t.Errorf("only %d were tried", lookalikes)
	}
}

// TestIsWeb is about what can have an OAuth2 server.
func TestIsWeb(t *testing.T) {
	for host, want := range map[string]bool{
		"git.example": true, "localhost": true, "git.example:8443": true, "127.0.0.1:80": true, "[::1]": true, "[::1]:3000": true,
		"my_host": true, "xn--github-qyd.com": true, strings.Repeat("a", 63) + ".example": true,
		"": false, ".": false, "..": false, "git..example": false, ".example": false, "git.example.": false, "git.example.:443": false,
		"git example": false, "git.example/x": false, "alice@git.example": false, "git.example%2f": false, "git.example?x": false,
		"git.example#x": false, "git.example\\x": false, "git.example:": false, "git.example:0": false, "git.example:0443": false,
		"git.example:65536": false, "git.example:x": false, "git.example:80:80": false, "::1": false, "[::1": false, "::1]": false,
		"[git.example]": false, "[127.0.0.1]": false, "[::1%eth0]": false, "[::1]x": false, "https://git.example": false,
		"g\u0456thub.com": false, "*.example": false, strings.Repeat("a", 64) + ".example": false, strings.Repeat("a.", 127) + "a": false,
	} {
		if got := newOrigin("https", host); got.IsWeb() != want {
			t.Errorf("%q as %q is a web server: %v", host, got, !want)
		}
	}
	for _, protocol := range []string{"ssh", "ftp", "smtp", "cert", "file"} {
		if newOrigin(protocol, "git.example").IsWeb() {
			t.Errorf("%s is a web server", protocol)
		}
	}
}

// TestDotless: the dot at the end is the only difference.
func TestDotless(t *testing.T) {
	for host, want := range map[string]string{
		"git.example.": "git.example", "git.example.:8443": "git.example:8443", "git.example..": "git.example.",
		"git.example": "", "git.example:1.": "",
	} {
		dotless, has := newOrigin("https", host).dotless()
		if has != (want != "") || has && dotless.Host() != want {
			t.Errorf("%q without its dot is %q, %v", host, dotless, has)
		}
	}
}

// FuzzOrigin: what is written reads back as the same origin, and a token goes to no place that an URL could understand
// otherwise.
func FuzzOrigin(f *testing.F) {
	f.Add("https", "git.example:443")
	f.Add("HTTP", "G\u0130T")
	f.Add("cert", "")
	f.Fuzz(func(t *testing.T, protocol, host string) {
		origin := newOrigin(protocol, host)
		if origin != (Origin{}) && ParseOrigin(origin.String()) != origin {
			t.Errorf("%q reads back as %q", origin, ParseOrigin(origin.String()))
		}
		if u := origin.URL(); origin.IsWeb() && (u.String() != origin.String() || u.Hostname() != origin.Hostname() || !isASCII(host)) {
			t.Errorf("%q is the URL %s", origin, u)
		}
	})
}
