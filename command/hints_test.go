package command

import (
	"errors"
	"regexp"
	"slices"
	"testing"

	"git-credential-grant/agent"
	"git-credential-grant/flow"
	"git-credential-grant/helper"
)

// TestHints: what doctor can meet ends with a command, and the name of the host is in it.
func TestHints(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`^(.*: )?(git-credential-grant|git|chmod|curl|sudo|rm|export|read|ps|echo|mkdir|\(umask) `)
	elsewhere := []error{
		errBug, helper.ErrOtherAccount, helper.ErrOnlyBearer, flow.ErrDenied, flow.ErrTimeout, errElsewhere, agent.ErrDenied, agent.ErrBusy,
	}
	about := subject{request: helper.RequestOf(helper.ParseOrigin("https://git.example"))}
	for _, h := range hints {
		hint := hintFor(about.concerning(h.err))
		if !command.MatchString(hint) && !slices.Contains(elsewhere, h.err) {
			t.Errorf("%q is no command", hint)
		}
		if regexp.MustCompile("ORIGIN|PROVIDERS").MatchString(hint) {
			t.Errorf("%q has names for what is known", hint)
		}
	}
	for _, h := range momentHints {
		if hint := hintFor(about.concerning(errors.New(h.words))); !command.MatchString(hint) {
			t.Errorf("%q is no command", hint)
		}
	}
}
