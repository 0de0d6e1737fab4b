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
	"slices"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// Main runs the program with the arguments of the process, and returns its exit status: 0, or 1 for a failure, or 2
// for wrong usage, or what a signal has made it. version and commit are what it was built from, "" where the build did not say so.
func Main(version, commit string) int {
	guardMemory()
	// The program waits nearly all the time, and threads that wake one another take longer than it does.
	runtime.GOMAXPROCS(1)
	p := newProgram(version)
	p.commit = commit
	return p.voice.conclude(guarded(func() error { return p.app().Run(os.Args) }))
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
	passphrase variable // of the encrypted file
}

// newProgram takes the secrets out of the environment.
func newProgram(version string) *program {
	v := newVoice()
	p := &program{version: version, stdin: os.Stdin, voice: v, ci: takeCIClient(), passphrase: takeVariable("PASSPHRASE")}
	p.options.trace = &v.tracing
	p.global = p.options.flags()
	return p
}

// The categories of commands in the help.
const (
	forPeople   = "for people"
	calledByGit = "called by git"
)

// app describes the command line.
func (p *program) app() *cli.App {
	app := &cli.App{
		Name:           "git-credential-grant",
		Usage:          "answer git's question for a password with a live OAuth2 access token",
		UsageText:      "git-credential-grant [global options] command [options] [URL]",
		Description:    description,
		Version:        p.build(),
		HideHelp:       true, // It is ours.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   p.wrongFlag,
		Reader:         p.stdin,
		Writer:         p.voice.stdout,
		ErrWriter:      p.voice.stderr,
		Action:         p.unknownCommand,
	}
	for _, flag := range p.global {
		app.Flags = append(app.Flags, flag)
	}
	app.Commands = slices.Concat(p.people(), p.aboutItself(), []*cli.Command{
		p.gitCommand("get", "answer with a credential", (*session).get),
		p.gitCommand("store", "keep a credential that worked", (*session).keep),
		p.gitCommand("erase", "forget a credential that was refused", (*session).erase),
		{
			Name: "capability", Category: calledByGit, Action: p.capability,
			Usage: "list what this helper can do beyond the basic protocol",
		},
	})
	for _, command := range app.Commands {
		command.HideHelp = true
		command.OnUsageError = p.wrongFlag
	}
	return app
}

// gitCommand is a verb of the credential protocol: it reads a credential from standard input.
func (p *program) gitCommand(name, usage string, do func(*session, context.Context) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Category: calledByGit,
		Action: func(c *cli.Context) error {
			if isTyped() {
				p.voice.tell("this reads what git asks, up to an empty line")
				p.voice.hint(hintFor(errRequest))
			}
			request, err := helper.Read(p.stdin)
			if err != nil {
				return meaning{err, errRequest}
			}
			p.voice.trace("%s %s for %s", p.buildVersion(), name, request.Origin)
			if p.options.via != "" {
				return subject{request: request}.concerning(p.askAgent(c.Context, name, request))
			}
			ctx, cancel := context.WithCancelCause(c.Context)
			defer cancel(nil)
			s, err := p.session(subject{request: request}, p.options, gitconfig.Git{}, asSet, &signals{cancel: cancel})
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
	err = s.inJob(ctx, err)
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

// describe names what an answer holds, and none of it.
func describe(answer *helper.Credential) string {
	switch {
	case answer == nil:
		return "nothing"
	case answer.Attributes.Get("quit") != "":
		return "quit, so that git does not prompt"
	case answer.Attributes.Get("credential") != "":
		return "a credential of the type " + answer.Attributes.Get("authtype")
	}
	return "a user name and password"
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
