package command

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"git-credential-grant/gitconfig"
	"git-credential-grant/internal/shellwords"
)

// checkGit looks at its version: 2.46 asks the helper again when the server refuses a token.
func (e *examination) checkGit(ctx context.Context) {
	version, _, _, err := e.git.Version(ctx)
	if err != nil {
		e.problem("install it from https://git-scm.com/downloads, and look again: git-credential-grant doctor", "git does not run")
		return
	}
	e.fine("git %s", version)
	if !e.git.Since(ctx, 2, 46) {
		e.remark("when a server refuses a token, the next git command works; from git 2.46 on the same one does")
	}
	settings, err := e.settings.of(ctx, e.about.settingsURL())
	if err == nil && gitconfig.IsTrue(settings.Bearer) && e.git.Since(ctx, 2, 46) && !e.git.Since(ctx, 2, 54) {
		// Its probe_rpc (remote-curl.c) asks without the header.
		e.problem("git config --global http.postBuffer 524288000",
			"this git forgets a bearer token in a push of more than http.postBuffer; git 2.54 does not")
	}
}

// checkHelpers looks whom git asks, and in which order.
func (e *examination) checkHelpers(ctx context.Context) {
	var err error
	if e.entries, err = e.git.Entries(ctx, e.about.request.URL()); err != nil {
		e.failed(err)
		return
	}
	asked := gitconfig.Asked(e.entries)
	lines := gitconfig.Helpers(e.entries)
	mend := "git-credential-grant configure " + e.about.origin().String()
	before := slices.IndexFunc(append(lines, "grant"), gitconfig.Ours)
	others, asks := lines[:before], before < len(lines)
	comeFirst := mend
	if slices.ContainsFunc(others, gitconfig.SignsIn) {
		comeFirst = "git-credential-grant configure --replace"
	}
	switch {
	case !asks && len(others) > 0:
		e.problem(comeFirst, "git does not ask this helper for %s, but %s", e.about.origin(), strings.Join(others, ", "))
	case !asks:
		e.problem(comeFirst, "git does not ask this helper for %s", e.about.origin())
	case before > 0:
		e.problem(comeFirst, "git asks another helper first, whose old password may win: %s", strings.Join(others, ", "))
	case len(lines) > 1:
		e.fine("git asks this helper first for %s, then %s", e.about.origin(), strings.Join(lines[1:], ", "))
	default:
		e.fine("git asks this helper for %s", e.about.origin())
	}
	for _, entry := range asked {
		if gitconfig.Ours(entry.Value) {
			e.checkLine(entry, mend)
		}
	}
}

// checkLine looks at one line of ours: whether its program is there, and its flags are right.
func (e *examination) checkLine(entry gitconfig.Entry, mend string) {
	program, given := gitconfig.Flags(entry.Value)
	flags, faults := mendFlags(given)
	if path := gitconfig.Executable(entry.Value); !existing(path) {
		program = gitconfig.HelperLine(programPath(), nil)
		faults = append(faults, "there is no "+path)
	}
	if len(faults) == 0 {
		return
	}
	line := program + strings.TrimPrefix(gitconfig.HelperLine("", flags), "grant")
	e.problem(cmp.Or(entry.Command(line), mend),
		"this helper does not answer git: %s (credential.helper = %s)", strings.Join(faults, ", "), entry.Value)
}

// existing reports whether a program is there, as a path or in PATH.
func existing(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// checkSecretFile looks whether others can read a client secret in git config.
func (e *examination) checkSecretFile(context.Context) {
	told := map[string]bool{}
	for _, entry := range e.entries {
		if entry.Name != "oauthclientsecret" || entry.File == "" || !entry.Applies || told[entry.File] || runtime.GOOS == "windows" {
			continue
		}
		told[entry.File] = true
		if info, err := os.Stat(entry.File); err == nil && info.Mode().Perm()&0o044 != 0 {
			e.problem("chmod 600 "+shellwords.Quote(entry.File), "others can read the client secret in %s", entry.File)
		}
	}
}
