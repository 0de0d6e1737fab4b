package command

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/term"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/internal/printable"
	"git-credential-grant/person"
)

// asking is whether a person may be asked to sign in.
type asking int

const (
	asSet  asking = iota // as settings and environment say
	always               // the person has come to sign in
	never
)

// An asker finds out whether and how the person at this machine can be asked.
type asker struct {
	voice       *voice
	git         gitconfig.Git
	interactive func() (setting string, err error) // git's credential.interactive
	asking      asking
	noBrowser   bool
	timeout     time.Duration
}

func (s *session) asker() *asker {
	return &asker{
		voice: s.voice, git: s.settings.git, asking: s.asking, noBrowser: s.options.noBrowser, timeout: s.options.timeout,
		interactive: func() (string, error) {
			settings, err := s.settings.of(context.Background(), s.about.settingsURL())
			return settings.Interactive, err
		},
	}
}

// mayAsk reports whether the person allows questions: git's credential.interactive, Git Credential Manager's variable,
// which the go command sets, and that of an editor which fetches in the background
// (https://github.com/microsoft/vscode/blob/main/extensions/git/src/git.ts).
func (a *asker) mayAsk() bool {
	if a.asking != asSet {
		return a.asking == always
	}
	setting, err := a.interactive()
	no := []string{"never", "false", "no", "off", "0"}
	return err == nil && !slices.Contains(no, strings.ToLower(setting)) &&
		!slices.Contains(no, strings.ToLower(os.Getenv("GCM_INTERACTIVE"))) && !gitconfig.IsTrue(os.Getenv("VSCODE_GIT_FETCH_SILENT"))
}

// A somebody is how a person can be asked to sign in.
type somebody struct {
	browser  *person.Browser  // nil: none
	terminal *person.Terminal // nil: none
}

// meet finds out how somebody can be asked; nil if nobody can.
func (a *asker) meet(ctx context.Context) *somebody {
	if !a.mayAsk() {
		a.voice.trace("nobody can be asked: credential.interactive or GCM_INTERACTIVE forbids it")
		return nil
	}
	there := &somebody{}
	if !a.noBrowser {
		browser, missing := person.FindBrowser(a.webBrowse(ctx))
		if missing != nil {
			a.voice.tell(missing.Error())
		}
		there.browser = browser
	}
	if os.Getenv("GIT_TERMINAL_PROMPT") != "0" {
		there.terminal = person.Open()
	}
	a.voice.trace("browser: %v; terminal to paste into: %v", there.browser, there.terminal != nil)
	if there.browser == nil && there.terminal == nil {
		return nil
	}
	return there
}

// webBrowse is the command that opens git's web.browser, nil if there is none, or one that runs on the terminal, or if
// $BROWSER comes before it.
func (a *asker) webBrowse(ctx context.Context) []string {
	if os.Getenv("BROWSER") != "" {
		return nil
	}
	if name := a.git.WebBrowser(ctx); name == "" || person.OnTerminal(name) {
		return nil
	}
	return a.git.WebBrowse()
}

// confirm asks the person at the terminal whether to trust, and offer whether to do what a command lacks: the usual answers
// are no and yes. A command in the background, or one whose output nobody sees, cannot ask.
func (a *asker) confirm(ctx context.Context, question string) (yes, answered bool) {
	return a.ask(ctx, question, false)
}
func (a *asker) offer(ctx context.Context, question string) (yes, answered bool) {
	return a.ask(ctx, question, true)
}

// mayTalk reports whether the person may be asked at the terminal, which is more than git's own question would do.
func (a *asker) mayTalk() bool {
	return a.mayAsk() && atTerminal() && os.Getenv("GIT_TERMINAL_PROMPT") != "0"
}

func (a *asker) ask(ctx context.Context, question string, usual bool) (yes, answered bool) {
	if !a.mayTalk() {
		return false, false
	}
	console, err := person.OpenConsole()
	if err != nil {
		return false, false
	}
	defer console.Close()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	yes, err = console.Confirm(ctx, printable.Line(question), usual)
	return yes, err == nil
}

// signIn signs in in the browser. Nobody sees what is pasted meanwhile, which holds a code.
func (there *somebody) signIn(ctx context.Context, client *flow.Client, ui flow.UI, account string) (*oauth2.Token, string, error) {
	if there.terminal != nil {
		defer there.terminal.Hide()()
	}
	return client.SignIn(ctx, ui, account)
}

// ui is how flow asks somebody.
func (s *session) ui(there *somebody) flow.UI {
	isTerminal := term.IsTerminal(int(os.Stderr.Fd()))
	ui := flow.UI{Tell: s.voice.tell, Waiting: s.voice.waitingLine(), QRCode: isTerminal, Timeout: s.options.timeout}
	if there.terminal != nil {
		ui.Paste = there.terminal.Paste
	}
	if there.terminal != nil && !isTerminal {
		ui.Tell = func(message string) {
			s.voice.tell(message)
			there.terminal.Show(told(message))
		}
	}
	if there.browser != nil {
		there.browser.Failed = func(command string, err error) {
			s.voice.tell("the browser did not open (" + command + ": " + err.Error() + ")")
		}
		ui.Browse = there.browser.Open
	}
	return ui
}

// atTerminal reports whether a person runs this command on a terminal and sees what it says: it is in the foreground
// there, and standard error leads there. A background fetch is neither.
func atTerminal() bool { return person.Foreground(int(os.Stderr.Fd())) }
