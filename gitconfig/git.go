// Package gitconfig knows what git's configuration says: the settings under credential for a URL ([Git.Settings]), the helpers
// that git asks ([Git.Entries]), and how git reaches a server ([Git.Transport]). It writes the two lines that make git ask this
// helper ([Git.Configure]).
//
// Git itself is asked each time, so that its own rules hold: which files count, and which URL is the most specific.
package gitconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Errors of calls to git.
var (
	// ErrNoGit: there is no program of that name.
	ErrNoGit = errors.New("git is not installed, or not in PATH")
	// ErrOldGit: git does not know an option that it is called with.
	ErrOldGit = errors.New("this git is too old")
	// ErrRefused: git has read or written nothing, and its own words say why.
	ErrRefused = errors.New("git has refused")
)

// usageStatus is how git exits where it is called with what it does not know (usage_with_options in its parse-options.c).
const usageStatus = 129

// A refused is an [ErrRefused] in git's words.
type refused struct{ said string }

func (r refused) Error() string { return r.said }
func (r refused) Unwrap() error { return ErrRefused }

// A Git is git, as it is asked for its configuration. The zero value is asked where the process stands, as git asks
// itself when it runs a helper.
type Git struct {
	// Outside keeps git out of every repository: only what the system, the person and -c say counts. It is for commands
	// that a person types. The directory they stand in may be anybody's: a clone can hold a bare repository, with a
	// config of its own (safe.bareRepository in git-config(1)).
	Outside bool
}

// args returns the command line that calls git.
func (g Git) args(args ...string) []string {
	if g.Outside {
		// A git directory that is none ends the search for one (setup_explicit_git_dir in git's setup.c).
		args = append([]string{"--git-dir=" + os.DevNull}, args...)
	}
	return append([]string{"git"}, args...)
}

// WebBrowse returns the command that opens a page, whose address is to follow, in git's web.browser (git-web--browse(1)).
func (g Git) WebBrowse() []string { return g.args("web--browse") }

// Version returns git's version as it says it, such as "2.39.5", and the first two numbers of that.
func (g Git) Version(ctx context.Context) (text string, major, minor int, err error) {
	out, err := g.read(ctx, "", "version")
	if err != nil {
		return "", 0, 0, err
	}
	text = strings.TrimSpace(strings.TrimPrefix(out, "git version "))
	_, err = fmt.Sscanf(text, "%d.%d", &major, &minor)
	return text, major, minor, err
}

// Since reports whether git is of a version or a later one.
func (g Git) Since(ctx context.Context, major, minor int) bool {
	_, hasMajor, hasMinor, err := g.Version(ctx)
	return err == nil && (hasMajor > major || hasMajor == major && hasMinor >= minor)
}

// WebBrowser returns git's web.browser, "" if none is set.
func (g Git) WebBrowser(ctx context.Context) string {
	name, err := g.read(ctx, "", "config", "--get", "web.browser")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(name)
}

// read runs git. That git config finds nothing is no error.
func (g Git) read(ctx context.Context, stdin string, args ...string) (out string, err error) {
	line := g.args(args...)
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(output), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", ErrNoGit
	case !errors.As(err, &exit):
		return "", fmt.Errorf("git %s: %w", args[0], err)
	case exit.ExitCode() == 1 && len(exit.Stderr) == 0:
		return "", nil
	case exit.ExitCode() == usageStatus:
		said, _, _ := strings.Cut(string(exit.Stderr), "\n")
		return "", fmt.Errorf("%w: git %s: %s", ErrOldGit, args[0], said)
	}
	return "", refused{"git " + args[0] + ": " + strings.TrimSpace(string(exit.Stderr))}
}

// IsTrue reports whether a value is one of git's words for yes.
func IsTrue(value string) bool {
	switch strings.ToLower(value) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
