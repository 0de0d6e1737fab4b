package flow

import (
	"errors"
	"os"
	"os/exec"
	"strings"
)

// A Browser opens web pages for the person.
type Browser struct {
	// commands are tried in turn until one can be started. "%s" in an argument stands for the address, which is
	// appended where there is none.
	commands [][]string
}

// FindBrowser returns the browser that the person has chosen, or else the system's: $BROWSER (commands separated by
// colons), git's web.browser, and what the desktop opens pages with. It returns nil where there is none.
// webBrowser says whether git has a web.browser; `git web--browse` then knows what to do with it.
func FindBrowser(webBrowser bool) *Browser {
	if chosen := os.Getenv("BROWSER"); chosen != "" {
		b := &Browser{}
		for command := range strings.SplitSeq(chosen, string(os.PathListSeparator)) {
			if fields := strings.Fields(command); len(fields) > 0 {
				b.commands = append(b.commands, fields)
			}
		}
		return b
	}
	if webBrowser {
		return &Browser{[][]string{{"git", "web--browse"}}}
	}
	if commands := systemBrowser(); len(commands) > 0 {
		return &Browser{commands}
	}
	return nil
}

// Open starts the browser and does not wait for it. The browser gets none of our open files, because git waits until
// the last of them is closed, and none of our secrets.
func (b *Browser) Open(address string) error {
	err := errors.New("no browser")
	for _, command := range b.commands {
		if err = start(command, address); err == nil {
			return nil
		}
	}
	return err
}

func start(command []string, address string) error {
	var arguments []string
	placed := false
	for _, argument := range command[1:] {
		placed = placed || strings.Contains(argument, "%s")
		arguments = append(arguments, strings.ReplaceAll(argument, "%s", address))
	}
	if !placed {
		arguments = append(arguments, address)
	}
	child := exec.Command(command[0], arguments...)
	child.Env = withoutOurs(os.Environ())
	detach(child)
	if err := child.Start(); err != nil {
		return err
	}
	return child.Process.Release()
}

// withoutOurs drops the variables of this program, some of which are secrets.
func withoutOurs(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "GIT_CREDENTIAL_GRANT_") {
			kept = append(kept, variable)
		}
	}
	return kept
}
