// Package command is the command line of git-credential-grant: the commands, the wiring and the hints. It is the only
// place that knows all the other rooms.
//
// Standard output belongs to git. People read standard error: one line for what happened, and one for what to do.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
)

// Main runs the program with the arguments of the process, and returns its exit status: 0, or 1 for a failure, or 2
// for wrong usage. version and commit are what it was built from, "" where the build did not say so.
func Main(version, commit string) int {
	guardMemory()
	// The program waits nearly all the time, and threads that wake one another take longer than it does.
	runtime.GOMAXPROCS(1)
	p := newProgram(version)
	p.commit = commit
	err := guarded(func() error { return p.app().Run(os.Args) })
	if err == nil {
		err = p.voice.unwritten
	}
	if err == nil {
		return 0
	}
	p.voice.complain(err)
	if _, usage := errors.AsType[*usageError](err); usage {
		return 2
	}
	return 1
}

// A program is one run of the command: what the process was given, and how it speaks.
type program struct {
	version    string
	commit     string
	stdin      io.Reader
	voice      *voice
	options    options
	global     []globalFlag // which set the options
	ci         ciClient
	passphrase string // of the encrypted file
}

// newProgram takes the secrets out of the environment.
func newProgram(version string) *program {
	v := &voice{stdout: os.Stdout, stderr: &person.Screen{To: os.Stderr}, started: time.Now()}
	p := &program{version: version, stdin: os.Stdin, voice: v, ci: takeCIClient(), passphrase: take("PASSPHRASE")}
	p.options.trace = &v.tracing
	p.global = p.options.flags()
	return p
}

// description is the help's own text.
const description = `Git calls this program. It signs you in once, in the browser, keeps the sign-in in the system keyring,
and renews the token before it runs out. A URL may be a host alone; without one, the commands are about the
only host that is signed in, or else about bitbucket.org.

First step:   git-credential-grant setup https://bitbucket.org

Something is wrong?  git-credential-grant doctor`

// app describes the command line.
func (p *program) app() *cli.App {
	app := &cli.App{
		Name:            "git-credential-grant",
		Usage:           "answer git's question for a password with a live OAuth2 access token",
		UsageText:       "git-credential-grant [global options] command [command options] [URL]",
		Description:     description,
		Version:         p.build(),
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    misused,
		Reader:          p.stdin,
		Writer:          p.voice.stdout,
		ErrWriter:       p.voice.stderr,
		Commands: []*cli.Command{
			p.gitCommand("get", "answer with a credential", (*session).get),
			p.gitCommand("store", "keep a credential that worked", (*session).keep),
			p.gitCommand("erase", "forget a credential that was refused", (*session).erase),
			{
				Name: "capability", Category: "called by git", OnUsageError: misused, Action: p.capability,
				Usage: "list what this helper can do beyond the basic protocol",
			},
		},
		Action: unknownCommand,
	}
	for _, flag := range p.global {
		app.Flags = append(app.Flags, flag)
	}
	app.Commands = append(app.Commands, p.people()...)
	return app
}

// unknownCommand does what a verb asks for that git may come to know: "it should silently ignore the request"
// (gitcredentials(7)).
func unknownCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return &usageError{err: fmt.Errorf("there is no command %q", c.Args().First())}
	}
	return nil
}

// A usageError says that the command line was wrong.
type usageError struct {
	command string // "" if it is about none
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// help is the command that tells how it is used.
func (e *usageError) help() string {
	return strings.Join(strings.Fields("git-credential-grant "+e.command+" --help"), " ")
}

// misused is the error of a command that was called in a wrong way.
func misused(c *cli.Context, err error, isCommand bool) error {
	if !isCommand {
		return &usageError{err: err}
	}
	return &usageError{command: c.Command.Name, err: err}
}

// gitCommand is a verb of the credential protocol: it reads a credential from standard input.
func (p *program) gitCommand(name, usage string, do func(*session, context.Context) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Category: "called by git",
		OnUsageError: misused,
		Action: func(c *cli.Context) error {
			request, err := helper.Read(p.stdin)
			if err != nil {
				return err
			}
			p.voice.trace("%s %s for %s", p.buildVersion(), name, request.Origin)
			if p.options.via != "" {
				return subject{request: request}.concerning(p.askAgent(c.Context, name, request))
			}
			ctx, cancel := context.WithCancelCause(c.Context)
			defer cancel(nil)
			s, err := p.session(subject{request: request}, gitconfig.Git{}, asSet, &signals{cancel: cancel})
			if err != nil {
				return err
			}
			return s.about.concerning(do(s, ctx))
		},
	}
}

func (s *session) get(ctx context.Context) error {
	answer, err := s.helper().Get(ctx, s.about.request)
	s.voice.trace("answering with %s", describe(answer))
	// Whoever has pressed Ctrl-C knows it, and git, which that ends as well, may or may not be there to read.
	pressed := ctx.Err() != nil && atTerminal()
	if answer != nil {
		if unwritten := answer.Write(s.voice.stdout); unwritten != nil {
			return cmp.Or(ctx.Err(), unwritten)
		}
	}
	if pressed {
		return ctx.Err()
	}
	return err
}

func (s *session) keep(ctx context.Context) error { return s.helper().Store(ctx, s.about.request) }

func (s *session) erase(ctx context.Context) error {
	s.signals.heed()
	return s.helper().Erase(ctx, s.about.request)
}

func (p *program) capability(*cli.Context) error {
	fmt.Fprintln(p.voice.stdout, "version 0")
	for _, capability := range helper.Capabilities {
		fmt.Fprintln(p.voice.stdout, "capability", capability)
	}
	return nil
}
