package flow

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Browser opens web pages for the person.
type Browser struct {
	// Failed is told when the browser's command ends and says that it did not work. Nil: nobody is.
	Failed func(command string, err error)
	// commands are tried in turn until one can be started. "%s" in an argument stands for the address, which is
	// appended where there is none.
	commands [][]string
}

// FindBrowser returns the browser that the person has chosen, or else the system's: $BROWSER (commands separated by
// colons, as VS Code and Codespaces set it to reach the person's own machine), git's web.browser, and what the desktop
// opens pages with. It returns nil where there is none, or only one that would run on the terminal.
// webBrowse is the command that opens a page in git's web.browser, nil if that is not set.
func FindBrowser(webBrowse []string) *Browser {
	var commands [][]string
	switch chosen := os.Getenv("BROWSER"); {
	case chosen != "":
		commands = split(chosen)
	case webBrowse != nil:
		commands = [][]string{webBrowse}
	default:
		commands = systemBrowser()
	}
	if len(commands) == 0 {
		return nil
	}
	return &Browser{commands: commands}
}

// split reads the value of $BROWSER.
func split(chosen string) [][]string {
	var commands [][]string
	for command := range strings.SplitSeq(chosen, string(os.PathListSeparator)) {
		if fields := strings.Fields(command); len(fields) > 0 && !OnTerminal(fields[0]) {
			commands = append(commands, fields)
		}
	}
	return commands
}

// textBrowsers run on the terminal, where git, this program and the person already are; and none of them can carry out
// the scripts that sign-in pages are made of.
var textBrowsers = []string{"w3m", "lynx", "links", "links2", "elinks", "retawq", "browsh", "carbonyl", "www-browser"}

// OnTerminal reports whether a browser, named as $BROWSER or git's web.browser does, shows its pages on the terminal.
func OnTerminal(browser string) bool { return slices.Contains(textBrowsers, filepath.Base(browser)) }

// overSSH reports whether the person is on another machine than the one whose screen a browser would open on.
func overSSH() bool { return os.Getenv("SSH_CONNECTION") != "" || os.Getenv("SSH_TTY") != "" }

// Open starts the browser and does not wait for it. The browser gets none of our open files, because git waits until
// the last of them is closed, not our terminal, and none of our secrets.
func (b *Browser) Open(address string) error {
	err := errors.New("no browser")
	for _, command := range b.commands {
		if err = b.start(command, address); err == nil {
			return nil
		}
	}
	return err
}

func (b *Browser) start(command []string, address string) error {
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
	go func() {
		if err := child.Wait(); err != nil && b.Failed != nil {
			b.Failed(command[0], err)
		}
	}()
	return nil
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

// String names the commands, for a trace.
func (b *Browser) String() string {
	if b == nil {
		return "none"
	}
	var names []string
	for _, command := range b.commands {
		names = append(names, strings.Join(command, " "))
	}
	return strings.Join(names, ", ")
}
