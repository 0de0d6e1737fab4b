package command

import (
	"context"
	"errors"
	"fmt"

	"git-credential-grant/gitconfig"
	"git-credential-grant/person"
)

// errNotAgreed: nothing was changed, because nobody has said yes.
var errNotAgreed = errors.New("nothing was changed")

// replaceOthers makes git ask this helper for every host, in the place of all others: it shows what would change, and asks unless
// agreed says that it need not. It returns what has changed, nothing if the person says no.
func (s *session) replaceOthers(ctx context.Context, agreed bool) ([]gitconfig.Line, error) {
	git := s.settings.git
	flags, err := flagsInUse(ctx, s.global, git, s.about.request.URL())
	if err != nil {
		return nil, err
	}
	replacement, err := git.PlanReplacement(ctx, programPath(), flags)
	if err != nil {
		return nil, err
	}
	lines := replacement.Lines()
	if len(lines) == 0 {
		s.voice.say("every host: git asks this helper alone already")
		return nil, nil
	}
	s.voice.say("every host: this is to change in the global git config")
	s.voice.sayLines(lines)
	if !agreed {
		if agreed, err = agree(ctx, "Git asks the others no more; what they keep stays with them. Change it?"); err != nil {
			return nil, err
		}
	}
	if !agreed {
		s.voice.say("nothing was changed")
		return nil, nil
	}
	if lines, err = git.Replace(ctx, replacement); err != nil {
		return lines, err
	}
	s.voice.say("changed; next, for each host where the other helper brought the OAuth client:\n  git-credential-grant setup HOST")
	return lines, nil
}

// agree asks the person at the terminal.
func agree(ctx context.Context, question string) (bool, error) {
	console, err := person.OpenConsole()
	if err != nil {
		return false, fmt.Errorf("%w: %w", errNotAgreed, err)
	}
	defer console.Close()
	return console.Confirm(ctx, question, false)
}
