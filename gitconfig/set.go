package gitconfig

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
)

// Set writes credential.<url>.<name> into the global git config, and returns the line.
func (g Git) Set(ctx context.Context, url, name, value string) (Line, error) {
	line := Line{Key: "credential." + url + "." + name, Value: value, Added: true}
	_, err := g.globalConfig(ctx, line.Key, line.Value)
	return line, err
}

// TakeBack takes lines that were added out of the global git config.
func (g Git) TakeBack(ctx context.Context, lines []Line) error {
	var errs []error
	for _, line := range lines {
		if line.Added {
			_, err := g.globalConfig(ctx, "--unset-all", line.Key, exactly(line.Value))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Reach has git ask a repository what it holds, as most git commands begin. Git asks nobody for a password; a helper may have
// the person sign in. Settings, NAME=VALUE each, are git's for this call. The error is what git says.
func (g Git) Reach(ctx context.Context, repository string, settings ...string) error {
	var arguments []string
	for _, setting := range settings {
		arguments = append(arguments, "-c", setting)
	}
	line := g.args(append(arguments, "ls-remote", "--quiet", "--heads", "--", repository)...)
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true")
	said, err := command.CombinedOutput()
	if err != nil && len(said) > 0 {
		return refused{strings.TrimSpace(string(said))}
	}
	return err
}
