package command

import (
	"context"
	"os"

	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/person"
)

// A somebody is how a person can be asked to sign in.
type somebody struct {
	browser  *flow.Browser    // nil: none
	terminal *person.Terminal // nil: none
}

// meet finds out how somebody can be asked; nil if nobody can.
func (s *session) meet(ctx context.Context) *somebody {
	if !s.canAsk() {
		s.note("nobody can be asked: credential.interactive or GCM_INTERACTIVE forbids it")
		return nil
	}
	there := &somebody{}
	if !s.noBrowser {
		browser, missing := flow.FindBrowser(s.webBrowse(ctx))
		if missing != nil {
			s.tell(missing.Error())
		}
		there.browser = browser
	}
	if os.Getenv("GIT_TERMINAL_PROMPT") != "0" {
		there.terminal = person.Open()
	}
	s.note("browser: %v; terminal to paste into: %v", there.browser, there.terminal != nil)
	if there.browser == nil && there.terminal == nil {
		return nil
	}
	return there
}

// webBrowse is the command that opens git's web.browser, nil if there is none, or one that runs on the terminal, or if
// $BROWSER comes before it.
func (s *session) webBrowse(ctx context.Context) []string {
	if os.Getenv("BROWSER") != "" {
		return nil
	}
	if name := s.git.WebBrowser(ctx); name == "" || flow.OnTerminal(name) {
		return nil
	}
	return s.git.WebBrowse()
}

// introduce gives a client what it needs to ask the person.
func (s *session) introduce(client *flow.Client, there *somebody) {
	client.Waiting = s.waitingLine()
	if there.terminal != nil {
		client.Paste = there.terminal.Paste
		client.Tell = func(message string) {
			s.tell(message)
			if !term.IsTerminal(int(os.Stderr.Fd())) {
				there.terminal.Show(said(message))
			}
		}
	}
	if there.browser != nil {
		there.browser.Failed = func(command string, err error) {
			s.tell("the browser did not open (" + command + ": " + err.Error() + ")")
		}
		client.Browse = there.browser.Open
	}
}

// waitingLine returns what shows a line on the terminal that standard error is, nil if it is none.
func (p *program) waitingLine() func(line string) {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return func(line string) {
		width, _, err := term.GetSize(fd)
		if width == 0 { // which a terminal says that does not know
			width = 80
		}
		if err != nil || !person.Foreground(fd) {
			p.screen.Leave() // The shell has the terminal now.
			return
		}
		p.screen.Show(line[:min(len(line), max(width-1, 0))])
	}
}

// atTerminal reports whether a person runs this command on a terminal and sees what it says: it is in the foreground
// there, and standard error leads there. A background fetch is neither.
func atTerminal() bool { return person.Foreground(int(os.Stderr.Fd())) }
