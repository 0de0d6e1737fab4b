package command

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestPanic: a panic tells where it happened, and nothing of what it carries.
func TestPanic(t *testing.T) {
	for name, run := range map[string]func() error{
		"a value":          func() error { panic("access-secret") },
		"an error":         func() error { panic(errors.New("access-secret")) },
		"out of range":     func() error { return errors.New([]string{"access-secret"}[len(os.Args)]) },
		"no memory at all": func() error { var none *program; return errors.New(none.version) },
	} {
		err := guarded(run)
		if err == nil || !strings.HasPrefix(err.Error(), "internal error in command.TestPanic.func") || strings.Contains(err.Error(), "access-secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	failed := errors.New("failed")
	if err := guarded(func() error { return failed }); err != failed {
		t.Errorf("an error has become %v", err)
	}
}
