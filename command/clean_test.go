package command

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"git-credential-grant/helper"
	"git-credential-grant/person"
)

// TestNothingSteersTheTerminal: whatever a message holds of a server's words or of a URL, on either output, in a hint and in
// the trace.
func TestNothingSteersTheTerminal(t *testing.T) {
	const evil = "\x1b[2J\u009b\u202eevil"
	var out, errs bytes.Buffer
	v := &voice{stdout: &output{to: &out}, stderr: &person.Screen{To: &errs}, onStdout: true, onStderr: true, tracing: true,
		started: time.Now()}
	about := subject{request: helper.RequestOf(helper.ParseOrigin("https://h\u202est.example"))}
	v.say("said %s", evil)
	v.tell("told " + evil)
	v.trace("traced %s", evil)
	v.sayAs(good, "said "+evil, "and "+evil)
	v.complain(errors.New("complained " + evil))
	v.complain(about.concerning(helper.ErrNotSignedIn)) // whose hint names the origin
	ours := regexp.MustCompile("\x1b\\[(1|3[123]|0)m")
	for name, shown := range map[string]string{"standard output": out.String(), "standard error": errs.String()} {
		text := ours.ReplaceAllString(shown, "")
		if text == shown {
			t.Errorf("%s has no colour", name)
		}
		if strings.ContainsAny(text, "\x1b\u009b\u202e") {
			t.Errorf("%s shows %q", name, text)
		}
	}
	for _, word := range []string{"told", "traced", "complained", "hint:"} {
		if !strings.Contains(errs.String(), word) {
			t.Errorf("nothing is %s", word)
		}
	}
}

// TestForAnyHost: a wildcard for all hosts names none.
func TestForAnyHost(t *testing.T) {
	for url, want := range map[string]bool{
		"https://git.example.com": false, "https://*.example.com": false, "https://git.*.example.com": false, "bitbucket.org": false,
		"https://*": true, "https://*.*": true, "https://*.com": true, "https://*.com/acme": true, "*": true, "*.com": true,
		"https://*.example.com/*": false,
	} {
		if got := isForAnyHost(url); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
}
