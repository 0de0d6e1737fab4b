// Package command is the command line of git-credential-grant: the commands, the wiring and the hints. It is the only
// place that knows all the other rooms.
//
// Standard output belongs to git. People read standard error: one line for what happened, and one for what to do.
package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
	"git-credential-grant/store"
)

// Main runs the program with the arguments of the process, and returns its exit status: 0, or 1 for a failure, or 2
// for wrong usage. version is the release's, "" for a build from source.
func Main(version string) int {
	guardMemory()
	// The program waits nearly all the time, and threads that wake one another take longer than it does.
	runtime.GOMAXPROCS(1)
	screen := &person.Screen{To: os.Stderr}
	p := &program{version: version, stdin: os.Stdin, stdout: os.Stdout, stderr: screen, screen: screen, started: time.Now(), ci: takeCIClient(), passphrase: take("PASSPHRASE")}
	err := guarded(func() error { return p.app().Run(os.Args) })
	if err == nil {
		err = p.unwritten
	}
	switch {
	case err == nil:
		return 0
	case p.usage:
		p.complain(err)
		return 2
	}
	p.complain(err)
	return 1
}

// A program is one run of the command.
type program struct {
	version        string
	stdin          io.Reader
	stdout, stderr io.Writer
	screen         *person.Screen // stderr, with a line that passes
	started        time.Time
	unwritten      error         // of standard output
	usage          bool          // the error is one of usage
	command        []string      // and this is the command that was used wrongly, nothing for a verb of git
	origin         helper.Origin // what git asks about
	account        string        // that a person has named with it, "" for none
	ci             ciClient
	passphrase     string // of the encrypted file

	global    []cli.Flag
	storeName string
	device    bool
	noBrowser bool
	trace     bool
	timeout   time.Duration
}

// app describes the command line.
func (p *program) app() *cli.App {
	app := &cli.App{
		Name:            "git-credential-grant",
		Usage:           "answer git's question for a password with a live OAuth2 access token",
		UsageText:       "git-credential-grant [global options] command [command options] [URL]",
		Description:     "Git calls this program. It signs you in once, in the browser, keeps the sign-in in the system keyring,\nand renews the token before it runs out. A URL may be a host alone; without one, the commands are about the\nonly host that is signed in, or else about bitbucket.org.\n\nFirst steps:  git-credential-grant configure https://bitbucket.org\n              git-credential-grant register https://bitbucket.org\n              git clone https://bitbucket.org/WORKSPACE/REPOSITORY.git\n\nSomething is wrong:  git-credential-grant doctor",
		Version:         p.buildVersion(),
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    p.usageError,
		Writer:          p.stdout,
		ErrWriter:       p.stderr,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "store", Value: "auto", EnvVars: env("STORE"), Destination: &p.storeName, Usage: "`KEYRING` to use: auto, secret-service, keychain, wincred, pass, keyctl or file"},
			&cli.BoolFlag{Name: "device", EnvVars: env("DEVICE"), Destination: &p.device, Usage: "sign in with a code that you enter on any device, where the forge has that"},
			&cli.BoolFlag{Name: "no-browser", EnvVars: env("NO_BROWSER"), Destination: &p.noBrowser, Usage: "print the address to open, and open no browser"},
			&cli.DurationFlag{Name: "timeout", Value: 5 * time.Minute, EnvVars: env("TIMEOUT"), Destination: &p.timeout, Usage: "how long a sign-in may take"},
			&cli.BoolFlag{Name: "trace", EnvVars: env("TRACE"), Destination: &p.trace, Usage: "tell each step on standard error, without secrets"},
		},
		Commands: []*cli.Command{
			p.gitCommand("get", "answer with a credential", p.get),
			p.gitCommand("store", "keep a credential that worked", p.keep),
			p.gitCommand("erase", "forget a credential that was refused", p.erase),
			{Name: "capability", Category: "called by git", Usage: "list what this helper can do beyond the basic protocol", OnUsageError: p.usageError, Action: p.capability},
		},
		// Git may call verbs that do not exist yet: "it should silently ignore the request" (gitcredentials(7)).
		Action: func(c *cli.Context) error {
			if c.Args().Present() && term.IsTerminal(int(os.Stdin.Fd())) {
				return p.usageError(c, fmt.Errorf("there is no command %q", c.Args().First()), false)
			}
			if c.Args().Present() {
				return nil
			}
			return cli.ShowAppHelp(c)
		},
	}
	p.global = app.Flags
	app.Commands = append(app.Commands, p.people()...)
	return app
}

// env names the environment variable of a flag.
func env(name string) []string { return []string{"GIT_CREDENTIAL_GRANT_" + name} }

// gitCommand is a verb of the credential protocol: it reads a credential from standard input.
func (p *program) gitCommand(name, usage string, do func(context.Context, *session) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Category: "called by git",
		OnUsageError: p.usageError,
		Action: func(c *cli.Context) error {
			request, err := helper.Read(p.stdin)
			if err != nil {
				return err
			}
			p.note("%s %s for %s", p.buildVersion(), name, request.Origin)
			s, err := p.session(request, gitconfig.Git{})
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancelCause(c.Context)
			defer cancel(nil)
			s.cancel = cancel
			return do(ctx, s)
		},
	}
}

func (p *program) usageError(c *cli.Context, err error, isCommand bool) error {
	p.usage = true
	if isCommand {
		p.command = []string{c.Command.Name}
	}
	return err
}

func (p *program) get(ctx context.Context, s *session) error {
	answer, err := s.helper().Get(ctx, s.request)
	p.note("answering with %s", describe(answer))
	// Whoever has pressed Ctrl-C knows it, and git, which that ends as well, may or may not be there to read.
	pressed := ctx.Err() != nil && atTerminal()
	if answer != nil {
		if unwritten := answer.Write(p.stdout); unwritten != nil {
			return cmp.Or(ctx.Err(), unwritten)
		}
	}
	if pressed {
		return ctx.Err()
	}
	return err
}

func (p *program) keep(ctx context.Context, s *session) error {
	return s.helper().Store(ctx, s.request)
}

func (p *program) erase(ctx context.Context, s *session) error {
	s.heedSignals()
	return s.helper().Erase(ctx, s.request)
}

func (p *program) capability(*cli.Context) error {
	fmt.Fprintln(p.stdout, "version 0")
	for _, capability := range helper.Capabilities {
		fmt.Fprintln(p.stdout, "capability", capability)
	}
	return nil
}

// buildVersion is the release's version, or what Go knows of a build from source.
func (p *program) buildVersion() string {
	if p.version != "" {
		return p.version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// session opens nothing yet: the keyring is dialled when it is first needed. git is asked for the configuration.
func (p *program) session(request *helper.Credential, git gitconfig.Git) (*session, error) {
	p.origin = request.Origin
	s := &session{program: p, git: git, request: request}
	s.forgetSettings()
	keyring, err := store.Open(p.storeName, store.Options{
		Passphrase:  p.passphrase,
		Interactive: s.personAtDesktop,
		Note:        helper.Note,
		Mended:      func(path string) { p.tell("others could read " + path + "; now only you can") },
	})
	if err != nil {
		p.usage = true
		return nil, err
	}
	s.keyring = keyring
	return s, nil
}
