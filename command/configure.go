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
)

// configure makes git ask this helper first.
func (s *session) configure(ctx context.Context, _ *cli.Context) error {
	if _, err := s.comeFirst(ctx); err != nil {
		return err
	}
	s.sayNext(ctx)
	return nil
}

// comeFirst writes what makes git ask this helper first, and shows what has changed.
func (s *session) comeFirst(ctx context.Context) ([]gitconfig.Line, error) {
	git := s.settings.git
	flags, err := flagsInUse(ctx, s.global, git, s.about.request.URL())
	if err != nil {
		return nil, err
	}
	changed, err := git.Configure(ctx, s.about.origin().String(), gitconfig.HelperLine(programPath(), flags))
	s.showChanges(changed, "git asks this helper first already")
	return changed, err
}

// sayNext says what a sign-in still lacks.
func (s *session) sayNext(ctx context.Context) {
	f, err := s.finder().forge(ctx, s.about, "")
	unknown := s.about.concerning(noServer(s.about.host()))
	switch {
	case errors.Is(err, errNoClient):
		s.voice.say("next: %s", hintFor(s.about.concerning(err)))
	case errors.Is(err, errors.ErrUnsupported):
		s.voice.say("next: %s", hintFor(unknown))
	case err != nil:
		s.voice.say("next: %s", cmp.Or(hintFor(s.about.concerning(err)), hintFor(unknown)))
	case f.provider != "" && !s.settings.git.Since(ctx, 2, 41): // which does not tell the realm
		s.voice.say("next: git config --global credential.%s%s.provider %s", s.about.origin(), f.base(), f.client.Profile.Name)
	}
}

// unconfigure takes away what configure has written.
func (s *session) unconfigure(ctx context.Context, _ *cli.Context) error {
	changed, err := s.settings.git.Unconfigure(ctx, s.about.origin().String())
	s.showChanges(changed, "there is nothing of this helper in the global git config")
	return err
}

// showChanges tells what has become of the git config.
func (s *session) showChanges(changed []gitconfig.Line, none string) {
	origin := s.about.origin()
	if len(changed) == 0 {
		s.voice.say("%s: %s", origin, none)
		return
	}
	s.voice.say("%s: changed the global git config", origin)
	for _, line := range changed {
		sign := "-"
		if line.Added {
			sign = "+"
		}
		s.voice.say("%s", strings.TrimRight("  "+sign+" "+line.Key+" = "+line.Value, " "))
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
