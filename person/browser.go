package person

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"git-credential-grant/internal/printable"
	"git-credential-grant/internal/shellwords"
)

// A Browser opens web pages for the person.
type Browser struct {
	// Failed is told when the browser's command ends and says that it did not work. Nil: nobody is.
	Failed func(command string, err error)
	// commands are tried in turn until one can be started. "%s" in an argument stands for the address, which is
	// appended where there is none.
	commands [][]string
}

// ErrNoBrowser: $BROWSER names no program that is there.
var ErrNoBrowser = errors.New("no browser could be started")

// FindBrowser returns the browser that the person has chosen, or else the system's: $BROWSER (commands separated by
// colons, as VS Code and Codespaces set it to reach the person's own machine), git's web.browser, and what the desktop
// opens pages with. It returns nil where there is none, or only one that would run on the terminal; with an
// [ErrNoBrowser] if nothing that $BROWSER names is there.
// webBrowse is the command that opens a page in git's web.browser, nil if that is not set.
func FindBrowser(webBrowse []string) (*Browser, error) {
	var commands [][]string
	chosen := os.Getenv("BROWSER")
	switch {
	case chosen != "":
		if commands = chosenBrowsers(chosen); commands == nil {
			return nil, fmt.Errorf("%w: BROWSER is %q, and there is no such program", ErrNoBrowser, printable.Line(chosen))
		}
	case webBrowse != nil:
		commands = [][]string{webBrowse}
	default:
		commands = systemBrowser()
	}
	commands = slices.DeleteFunc(commands, func(command []string) bool { return OnTerminal(command[0]) })
	if len(commands) == 0 {
		return nil, nil
	}
	return &Browser{commands: commands}, nil
}

// chosenBrowsers reads the value of $BROWSER, and returns those of the commands that there are.
func chosenBrowsers(chosen string) (commands [][]string) {
	if there(chosen) {
		return [][]string{{chosen}}
	}
	for _, part := range shellwords.Cut(chosen, escape, func(c byte) bool { return c == os.PathListSeparator }) {
		if command := chosenBrowser(strings.TrimSpace(part)); command != nil {
			commands = append(commands, command)
		}
	}
	return commands
}

// chosenBrowser reads one command as a shell does, except that a path with blanks in it needs no quotes: programs disagree
// whether the value is a path or a command line. It returns nil if there is no such program.
func chosenBrowser(text string) []string {
	for end := len(text); end > 0; end = strings.LastIndexByte(text[:end], ' ') {
		if there(text[:end]) {
			return append([]string{text[:end]}, shellwords.Split(text[end:], escape)...)
		}
	}
	if words := shellwords.Split(text, escape); len(words) > 0 && there(words[0]) {
		return words
	}
	return nil
}

func there(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
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
