package command

import (
	"strings"
	"testing"

	"git-credential-grant/helper"
)

// TestParseTarget: what a person types is the place that they mean, or is refused, with what they probably mean after "?".
func TestParseTarget(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"bitbucket.org":                         "https://bitbucket.org",
		"https://bitbucket.org/acme/app.git":    "https://bitbucket.org/acme/app.git",
		"HTTPS://BitBucket.org":                 "https://bitbucket.org",
		"https://alice@bitbucket.org":           "https://bitbucket.org",
		"git.example:8443":                      "https://git.example:8443",
		"localhost:3000":                        "https://localhost:3000",
		"localhost":                             "https://localhost",
		"http://127.0.0.1:1234":                 "http://127.0.0.1:1234",
		"https://[::1]:8443/":                   "https://[::1]:8443",
		"https://git":                           "https://git",
		"git/acme":                              "https://git/acme",
		"acme.visualstudio.com":                 "https://acme.visualstudio.com",
		"https.example":                         "https://https.example",
		"gitlab.lan":                            "https://gitlab.lan",
		"gitea.example":                         "https://gitea.example",
		"gitlab.acme.com":                       "https://gitlab.acme.com",
		"gitee.com":                             "https://gitee.com",
		"bitbucket.acme.org":                    "https://bitbucket.acme.org",
		"https//bitbucket.org":                  "?https://bitbucket.org",
		"https:/bitbucket.org/acme":             "?https://bitbucket.org",
		"https:bitbucket.org":                   "?https://bitbucket.org",
		"https:///bitbucket.org":                "?https://bitbucket.org",
		"https;//bitbucket.org":                 "?https://bitbucket.org",
		`https:\\bitbucket.org\acme`:            "?https://bitbucket.org",
		"htps://bitbucket.org":                  "?https://bitbucket.org",
		"httsp://bitbucket.org":                 "?https://bitbucket.org",
		"ttps://git.example:8443/x":             "?https://git.example:8443",
		"https://https://bitbucket.org":         "?https://bitbucket.org",
		"http//bitbucket.org":                   "?https://bitbucket.org",
		"https:/x":                              "?",
		"https://":                              "?",
		"https":                                 "?https://https",
		"git@bitbucket.org:acme/app.git":        "?https://bitbucket.org",
		"bitbucket.org:acme/app.git":            "?https://bitbucket.org",
		"ssh://git@bitbucket.org/acme/app.git":  "?https://bitbucket.org",
		"ssh://git@git.example:7999/acme/a.git": "?https://git.example:7999",
		"ssh://git@altssh.bitbucket.org:443/a":  "?https://bitbucket.org",
		"git://git.example/app.git":             "?https://git.example",
		"bitbucket":                             "?https://bitbucket.org",
		"github":                                "?https://github.com",
		"codeberg":                              "?https://codeberg.org",
		"azure":                                 "?https://dev.azure.com",
		"bitbuket":                              "?https://bitbucket.org",
		"nonsense":                              "?https://nonsense",
		"bitbucket.com":                         "?https://bitbucket.org",
		"https://github.org/acme":               "?https://github.com",
		"github.con":                            "?https://github.com",
		"gitbub.com":                            "?https://github.com",
		"www.bitbucket.org":                     "?https://bitbucket.org",
		"http://bitbucket.org":                  "?https://bitbucket.org",
		"http://git.example:8080/x":             "?https://git.example:8080",
		"http://bitbucket.com":                  "?https://bitbucket.org",
		"/home/me/app":                          "?",
		"./app":                                 "?",
		"..":                                    "?",
		".":                                     "?",
		"~/app":                                 "?",
		`C:\app`:                                "?",
		"file:///srv/app.git":                   "?",
		"testdata/target":                       "https://testdata/target",
		"--store":                               "?",
		"-x":                                    "?",
		`"https://bitbucket.org"`:               "?https://bitbucket.org",
		"<https://bitbucket.org/acme>":          "?https://bitbucket.org",
		"https://bitbucket.org,":                "?https://bitbucket.org",
		"bitbucket.org,":                        "?https://bitbucket.org",
		"bitbucket.org.":                        "?https://bitbucket.org",
		" https://bitbucket.org":                "?https://bitbucket.org",
		"https://bitbucket.org ":                "?https://bitbucket.org",
		"https://bitbucket.org github.com":      "?",
		"":                                      "?",
		"a b":                                   "?",
		"https://git.example?token=secret":      "?https://git.example",
		"https://git.example/#secret":           "?https://git.example",
		"https://alice:secret@bitbucket.org":    "?https://bitbucket.org",
		"https//alice:secret@bitbucket.org":     "?https://bitbucket.org",
		"https://alice:sec/ret@bitbucket.org":   "?https://bitbucket.org",
		"alice:secret@bitbucket.org":            "?https://bitbucket.org",
		"ssh://git:secret@bitbucket.org/x":      "?https://bitbucket.org",
		"https://bitbucket.org\nhost=x.example": "?",
	} {
		request, path, fault := parseTarget(text)
		got := ""
		if fault == nil {
			got = request.Origin.String() + path
		} else {
			got = "?" + fault.meant
		}
		if got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, fault, want)
		}
		if fault != nil && strings.Contains(fault.why, "secret") {
			t.Errorf("%v tells a secret", fault)
		}
	}
}

// FuzzParseTarget: what is taken is what it says, and what is proposed would be taken, or is at least a web host by https.
func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{
		"https//h", "git@bitbucket.org:acme/app.git", "bitbucket", "http://bitbucket.org", `"https://h.example"`, "https://a:b@h.example", "::1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		request, _, fault := parseTarget(text)
		if fault == nil {
			if !request.Origin.IsWeb() || strings.HasPrefix(text, "-") {
				t.Errorf("%q is taken for %s", text, request.Origin)
			}
			return
		}
		if origin := helper.ParseOrigin(fault.meant); fault.meant != "" && (origin.String() != fault.meant || !origin.IsWeb() || !origin.MayHaveToken()) {
			t.Errorf("for %q, %q is proposed", text, fault.meant)
		}
	})
}
