package command

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"git-credential-grant/helper"
)

// TestNothingSteersTheTerminal: whatever a message holds of a server's words or of a URL, on either output, in a hint and in
// the trace.
func TestNothingSteersTheTerminal(t *testing.T) {
	const evil = "\x1b[2J\u009b\u202eevil"
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs, trace: true, started: time.Now(), origin: helper.ParseOrigin("https://h\u202est.example")}
	p.say("said %s", evil)
	p.tell("told " + evil)
	p.note("noted %s", evil)
	p.complain(errors.New("complained " + evil))
	p.complain(helper.ErrNotSignedIn) // whose hint names the origin
	for name, text := range map[string]string{"standard output": out.String(), "standard error": errs.String()} {
		if strings.ContainsAny(text, "\x1b\u009b\u202e") {
			t.Errorf("%s shows %q", name, text)
		}
	}
	for _, word := range []string{"told", "noted", "complained", "hint: "} {
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
