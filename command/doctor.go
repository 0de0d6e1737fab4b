package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// An examination is one run of doctor.
type examination struct {
	session  *session
	about    subject
	git      gitconfig.Git
	settings *settings
	entries  []gitconfig.Entry
	ended    <-chan struct{} // closed when the person has had enough
	problems int
	noStore  bool            // the keyring is one of the problems
	provider string          // what a sign-in remembers
	signIns  []helper.Status // that can be used
	forge    *forge          // nil if there is none, or not yet
}

func (p *program) doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", ArgsUsage: "[URL]", Action: p.on(p.named, asSet, (*session).doctor),
		Usage: "look for what is wrong, and say what mends it",
		Description: "Looks at git and its config, other helpers, the keyring, the browser, the\n" +
			"server and the clock, and changes nothing. The exit status is 1 if there is a\n" +
			"problem.\n\n" +
			"Example:  git-credential-grant doctor https://bitbucket.org",
		Flags: []cli.Flag{&cli.BoolFlag{
			Name: "online", Usage: "show the forge the token, say whose it is, and have git try the repository of the URL",
		}},
	}
}

// doctor looks for what is wrong.
func (s *session) doctor(ctx context.Context, c *cli.Context) error {
	if !c.Args().Present() && s.options.via == "" {
		signIns, _ := s.signIns(ctx) // a keyring that is broken is found below
		s = s.aboutOnly(ctx, signIns)
	}
	e := &examination{session: s, about: s.about, git: s.settings.git, settings: s.settings, ended: ctx.Done()}
	for _, look := range e.looks(c.Bool("online")) {
		look(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	switch e.problems {
	case 0:
		return nil
	case 1:
		return meaning{errors.New("there is one problem"), errProblems}
	}
	return meaning{fmt.Errorf("there are %d problems", e.problems), errProblems}
}

// looks are what is looked at, in this order. Where an agent is asked, everything else is where it runs.
func (e *examination) looks(online bool) []func(context.Context) {
	looks := []func(context.Context){e.checkGit, e.checkVariables, e.checkHelpers}
	if e.session.options.via != "" {
		return append(looks, e.checkAgent)
	}
	looks = append(looks, e.checkSecretFile, e.checkStore, e.checkServer, e.checkBrowser)
	if online {
		looks = append(looks, e.trySignIns, e.tryGit)
	}
	return looks
}

func (e *examination) fine(format string, args ...any)   { e.find("ok", format, args...) }
func (e *examination) remark(format string, args ...any) { e.find("note", format, args...) }

// find tells what was found, and nothing of what Ctrl-C has made of it.
func (e *examination) find(word, format string, args ...any) {
	select {
	case <-e.ended:
		return
	default:
	}
	e.session.voice.sayAs(findings[word], fmt.Sprintf("%-8s", word), " "+fmt.Sprintf(format, args...))
}

// findings are the styles of the words that begin a line.
var findings = map[string]style{"ok": good, "PROBLEM": bad}

// problem tells what is wrong and the command that mends it, or else one that shows more.
func (e *examination) problem(hint, format string, args ...any) {
	e.problems++
	e.find("PROBLEM", format, args...)
	e.session.voice.sayAs(advice, fmt.Sprintf("%-8s hint:", ""), " "+hint)
}

// failed is problem for an error.
func (e *examination) failed(err error) { e.problem(e.hintFor(err), "%s", err) }

func (e *examination) hintFor(err error) string { return hintFor(e.about.concerning(err)) }
