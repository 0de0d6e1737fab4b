package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// configure makes git ask this helper first.
func (p *program) configure(ctx context.Context, c *cli.Context) error {
	sessions, err := p.targets(c)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		p.origin = s.request.Origin
		flags, err := p.flagsInUse(ctx, s.git, s.request.URL())
		if err != nil {
			return err
		}
		changed, err := s.git.Configure(ctx, p.origin.String(), gitconfig.HelperLine(programPath(), flags))
		p.showChanges(p.origin, changed, "git asks this helper first already")
		if err != nil {
			return err
		}
		s.sayNext(ctx)
	}
	return nil
}

// sayNext says what a sign-in still lacks.
func (s *session) sayNext(ctx context.Context) {
	f, err := s.forge(ctx, s.request, "")
	switch {
	case errors.As(err, new(*noClientError)):
		s.say("next: %s", s.hint(err))
	case errors.Is(err, errors.ErrUnsupported):
		s.say("next: %s", s.hint(&noServerError{s.origin.Host()}))
	case err != nil:
		s.say("next: %s", cmp.Or(s.hint(err), s.hint(&noServerError{s.origin.Host()})))
	case f.provider != "" && !s.git.Since(ctx, 2, 41): // which does not tell the realm
		s.say("next: git config --global credential.%s%s.provider %s", s.origin, f.base(), f.client.Profile.Name)
	}
}

// unconfigure takes away what configure has written.
func (p *program) unconfigure(ctx context.Context, c *cli.Context) error {
	sessions, err := p.targets(c)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		p.origin = s.request.Origin
		changed, err := s.git.Unconfigure(ctx, p.origin.String())
		p.showChanges(p.origin, changed, "there is nothing of this helper in the global git config")
		if err != nil {
			return err
		}
	}
	return nil
}

// targets are the sessions about all URLs that a command names, or else about Bitbucket. A wrong one is found before
// anything is done.
func (p *program) targets(c *cli.Context) (sessions []*session, err error) {
	targets := c.Args().Slice()
	if len(targets) == 0 {
		targets = []string{defaultTarget}
	}
	for _, target := range targets {
		s, err := p.sessionAbout(c, target)
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s)
	}
	return sessions, nil
}

// showChanges tells what has become of the git config.
func (p *program) showChanges(origin helper.Origin, changed []gitconfig.Line, none string) {
	if len(changed) == 0 {
		p.say("%s: %s", origin, none)
		return
	}
	p.say("%s: changed the global git config", origin)
	for _, line := range changed {
		sign := "-"
		if line.Added {
			sign = "+"
		}
		p.say("%s", strings.TrimRight("  "+sign+" "+line.Key+" = "+line.Value, " "))
	}
}

// programPath returns the path of this program, "" if git finds it by its name.
func programPath() string {
	own, err := os.Executable()
	if err != nil {
		return ""
	}
	if found, err := exec.LookPath("git-credential-grant"); err == nil && sameFile(found, own) {
		return ""
	}
	return filepath.ToSlash(own)
}

func sameFile(one, other string) bool {
	a, errA := os.Stat(one)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
