package helper

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"bitbucket.org":                      "https://bitbucket.org",
		"https://BitBucket.org/acme/app.git": "https://bitbucket.org  /acme/app.git",
		"https://alice@bitbucket.org":        "https://bitbucket.org alice",
		"git.example:8443":                   "https://git.example:8443",
		"http://127.0.0.1:1234":              "http://127.0.0.1:1234",
		"https://[::1]:8443/":                "https://[::1]:8443",
		"":                                   "!",
		"https://":                           "!",
		"a b":                                "!",
		"https://git.example?x=y":            "!",
		"git@bitbucket.org:acme/app.git":     "!",
		"ssh://git@bitbucket.org":            "!",
		"https://evil.example\nhost=bitbucket.org":   "!",
		"https://alice:secret@bitbucket.org":         "!",
		"https://bitbucket.org%0ahost=other.example": "!",
	} {
		request, path, err := ParseTarget(target)
		got := "!"
		if err == nil {
			got = strings.TrimSpace(request.Origin.String() + " " + request.Attributes.Get("username") + " " + path)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v tells a secret", err)
		}
		if got != want {
			t.Errorf("%q is %q, %v, want %q", target, got, err, want)
		}
	}
}
