package agent

import (
	"errors"
	"strings"
	"testing"
)

// TestParseRule: what a person may write behind --allow, and what it means.
func TestParseRule(t *testing.T) {
	for text, want := range map[string]string{
		"https://bitbucket.org":              "https://bitbucket.org",
		"https://bitbucket.org/":             "https://bitbucket.org",
		"https://bitbucket.org/*":            "https://bitbucket.org",
		"HTTPS://BitBucket.org:443":          "https://bitbucket.org",
		"http://127.0.0.1:8080":              "http://127.0.0.1:8080",
		"https://[2001:DB8::1]:8443":         "https://[2001:db8::1]:8443",
		"https://[::1]:443/a":                "https://[::1]/a/*",
		"https://bitbucket.org/acme":         "https://bitbucket.org/acme/*",
		"https://bitbucket.org/acme/*":       "https://bitbucket.org/acme/*",
		"https://bitbucket.org/Acme/app.git": "https://bitbucket.org/Acme/app.git/*",
		"https://xn--bcher-kva.example":      "https://xn--bcher-kva.example",

		"":                                   "",
		"bitbucket.org":                      "",
		"ssh://bitbucket.org":                "",
		"https://":                           "",
		"https:///acme":                      "",
		"https://*":                          "",
		"https://*.bitbucket.org":            "",
		"https://alice@bitbucket.org":        "",
		"https://alice:pw@bitbucket.org":     "",
		"https://bitbucket.org.":             "",
		"https://bücher.example":             "",
		"https://bit%62ucket.org":            "",
		"https://bitbucket.org:":             "",
		"https://bitbucket.org:0":            "",
		"https://bitbucket.org:0443":         "",
		"https://bitbucket.org:70000":        "",
		"https://bitbucket.org:443:443":      "",
		"https://bitbucket.org evil.example": "",
		"https://bitbucket.org\x00":          "",
		"https://[::1":                       "",
		"https://[fe80::1%25eth0]":           "",
		"https://bitbucket.org?x":            "",
		"https://bitbucket.org#x":            "",
		"https://bitbucket.org/acme*":        "",
		"https://bitbucket.org/*/app":        "",
		"https://bitbucket.org/acme/**":      "",
		"https://bitbucket.org/acme//app":    "",
		"https://bitbucket.org//":            "",
		"https://bitbucket.org/../acme":      "",
		"https://bitbucket.org/%2e%2e/acme":  "",
		"https://bitbucket.org/acme?x=/*":    "",
		"https://bitbucket.org/acme\n":       "",
	} {
		rule, err := ParseRule(text)
		got := ""
		if err == nil {
			got = rule.String()
		}
		if got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestAllowed: only what is on the list is handed on, in the words of the list.
func TestAllowed(t *testing.T) {
	const refused, notServed = "refused", ""
	for _, test := range []struct{ allow, said, want string }{
		{"", "protocol=https|host=bitbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org", "protocol=https|host=bitbucket.org"},
		{"https://bitbucket.org", "host=bitbucket.org|protocol=https", "host=bitbucket.org|protocol=https"},
		{"https://bitbucket.org", "protocol=HTTPS|host=BitBucket.ORG:443", "protocol=https|host=bitbucket.org"},
		{"https://bitbucket.org:8443", "protocol=https|host=bitbucket.org:8443", "protocol=https|host=bitbucket.org:8443"},
		{"https://[::1]", "protocol=https|host=[::1]:443", "protocol=https|host=[::1]"},
		{"https://a.example https://b.example", "protocol=https|host=b.example", "protocol=https|host=b.example"},

		{"https://bitbucket.org", "protocol=http|host=bitbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org:8443", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org:", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org:0443", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org:443:443", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org:443:80", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org.", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org.:443", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org.evil.example", notServed},
		{"https://bitbucket.org", "protocol=https|host=evil.example/bitbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=alice@bitbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=evil.example@bitbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org@evil.example", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org evil.example", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket%2eorg", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbuc\u212aet.org", notServed}, // which is k in lower case
		{"https://bitbucket.org", "protocol=https|host=bıtbucket.org", notServed},
		{"https://bitbucket.org", "protocol=https|host=bitbucket。org", notServed},
		{"https://bitbucket.org", "protocol=https|host=", notServed},
		{"https://bitbucket.org", "protocol=https", notServed},
		{"https://bitbucket.org", "protocol=https://bitbucket.org|host=", notServed},
		{"https://bitbucket.org", "host=bitbucket.org", refused},
		{"https://bitbucket.org", "", refused},
		{"https://bitbucket.org", "protocol=https|host=evil.example|host=bitbucket.org", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|host=bitbucket.org", refused},
		{"https://bitbucket.org", "protocol=https|protocol=http|host=bitbucket.org", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|url=https://evil.example", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org\x00evil.example", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org\r", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|path=a|path=b", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|Host=evil.example", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org| host=evil.example", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|=x", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|[]=x", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|garbage", refused},
		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|path=acme/../other", refused},

		{"https://bitbucket.org/acme", "protocol=https|host=bitbucket.org", refused},
		{"https://bitbucket.org/acme", "protocol=https|host=bitbucket.org|path=", refused},
		{"https://bitbucket.org/acme https://bitbucket.org", "protocol=https|host=bitbucket.org", "protocol=https|host=bitbucket.org"},
		{"https://bitbucket.org/acme", "protocol=https|host=evil.example", notServed},
		{"https://bitbucket.org", "protocol=https|host=evil.example|path=a//my%20app;x?y", notServed},
		{"https://bitbucket.org", "protocol=cert|host=|username=|path=/home/me/client.pem", notServed},
		{"https://bitbucket.org/acme", "protocol=https|host=bitbucket.org|path=acme/app.git",
			"protocol=https|host=bitbucket.org|path=acme/app.git"},
		{"https://bitbucket.org/acme", "protocol=https|host=bitbucket.org|path=acme", "protocol=https|host=bitbucket.org|path=acme"},
		{"https://bitbucket.org/acme/app", "protocol=https|host=bitbucket.org|path=acme/app.git/info/lfs",
			"protocol=https|host=bitbucket.org|path=acme/app.git/info/lfs"},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme2/app", notServed},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme.github/app", notServed},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=Acme/app", notServed},
		{"https://bitbucket.org/acme/app", "protocol=https|host=bitbucket.org|path=acme/app2.git", notServed},
		{"https://bitbucket.org/acme/app", "protocol=https|host=bitbucket.org|path=acme", notServed},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=other", notServed},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=/acme/app", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme//other", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/./app", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/../other", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/..", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/%2e%2e/other", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme%2fapp", refused},
		{"https://bitbucket.org/acme/*", `protocol=https|host=bitbucket.org|path=acme\..\other`, refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/..;/other", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/app?x=/../../other", refused},
		{"https://bitbucket.org/acme/*", "protocol=https|host=bitbucket.org|path=acme/app#x", refused},

		{"https://bitbucket.org", "protocol=https|host=bitbucket.org|oauth_refresh_token=r|new-thing=x|new2[]=y|username=alice",
			"protocol=https|host=bitbucket.org|username=alice"},
		{"https://bitbucket.org", "capability[]=state|protocol=https|host=bitbucket.org|wwwauth[]=Basic\trealm=\"x\"|state[]=a|state[]=b",
			"capability[]=state|protocol=https|host=bitbucket.org|wwwauth[]=Basic\trealm=\"x\"|state[]=a|state[]=b"},
	} {
		if got := handedOn(t, test.allow, test.said); got != test.want {
			t.Errorf("with %q, of %q is handed on %q, want %q", test.allow, test.said, got, test.want)
		}
	}
}

// handedOn is what an agent with these rules hands on of a request; "refused" if it refuses it.
func handedOn(t *testing.T, allow, said string) string {
	t.Helper()
	var rules []Rule
	for text := range strings.FieldsSeq(allow) {
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	lines := []string{"get"}
	if said != "" {
		lines = append(lines, strings.Split(said, "|")...)
	}
	_, attributes, err := parseRequest(lines)
	if err != nil {
		return "refused"
	}
	request, err := allowed(rules, "get", attributes)
	switch {
	case err != nil:
		return "refused"
	case request == nil:
		return ""
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(request.Text()), "\n"), "\n", "|")
}

// TestPathNeeded: git is told of the missing path in words of their own, since a setting helps.
func TestPathNeeded(t *testing.T) {
	rule, _ := ParseRule("https://bitbucket.org/acme")
	said, _ := parse([]string{"protocol=https", "host=bitbucket.org"})
	if _, err := allowed([]Rule{rule}, "get", said); !errors.Is(err, ErrPathNeeded) {
		t.Errorf("%v", err)
	}
}

// FuzzAllowed: whatever is sent, what is handed on reads in one way, names the place of a rule, and a path below it.
func FuzzAllowed(f *testing.F) {
	for _, seed := range []string{
		"get\nprotocol=https\nhost=bitbucket.org\npath=acme/app.git\n\n",
		"get\nprotocol=https\nhost=a.example\nhost=bitbucket.org\npath=acme/../x\nstate[]=\n\n",
		"erase\nprotocol=https\nhost=bitbucket.org:443\npath=acme\npassword=p\t\x01\n\n",
	} {
		f.Add([]byte(seed))
	}
	rule, err := ParseRule("https://bitbucket.org/acme/*")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		lines, err := newReader(strings.NewReader(string(sent))).message()
		if err != nil {
			return
		}
		verb, said, err := parseRequest(lines)
		if err != nil {
			return
		}
		request, err := allowed([]Rule{rule}, verb, said)
		if err != nil || request == nil {
			return
		}
		again, err := parse(splitLines(request.Text()))
		if err != nil {
			t.Fatalf("%q is handed on as %q: %v", sent, request.Text(), err)
		}
		if string(again.text()) != string(request.Text()) {
			t.Errorf("%q reads as %q", request.Text(), again.text())
		}
		path := again.get("path")
		if again.get("protocol") != "https" || again.get("host") != "bitbucket.org" || path != request.Path ||
			path != "acme" && path != "acme.git" && !strings.HasPrefix(path, "acme/") && !strings.HasPrefix(path, "acme.git/") ||
			strings.Contains("/"+path+"/", "/../") || strings.Contains(path, "%") {
			t.Errorf("%q is handed on as %q", sent, request.Text())
		}
	})
}
