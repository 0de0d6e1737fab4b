package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/internal/shellwords"
)

func (p *program) configureCommand() *cli.Command {
	return &cli.Command{
		Name: "configure", ArgsUsage: "[URL...]", Action: p.onEachTarget((*session).configure),
		Usage: "make git ask this helper first, for these hosts alone",
		Description: "Writes two lines for each URL into the global git config: an empty\n" +
			"credential.<URL>.helper, which takes back the helpers before it, and this one\n" +
			"with the flags that are given. Lines of other helpers stay.\n\n" +
			"Example:  git-credential-grant configure --store file https://bitbucket.org\n" +
			"          git-credential-grant configure --replace",
		Flags: []cli.Flag{
			&cli.BoolFlag{
				Name: "replace", Usage: "for every host, in the place of the helpers that are there; it shows the change and asks",
			},
			&cli.BoolFlag{Name: "yes", Usage: "with --replace: do not ask"},
		},
	}
}

// configure makes git ask this helper first.
func (s *session) configure(ctx context.Context, c *cli.Context) error {
	switch {
	case c.Bool("replace") && c.Args().Present():
		return misused(c, errors.New("--replace is about all hosts: leave out the URL"))
	case c.Bool("yes") && !c.Bool("replace"):
		return misused(c, errors.New("--yes needs --replace"))
	case c.Bool("replace"):
		_, err := s.replaceOthers(ctx, c.Bool("yes"))
		return err
	}
	if _, err := s.comeFirst(ctx); err != nil || s.options.via != "" { // The agent has the rest.
		return err
	}
	found, err := s.finder().forge(ctx, s.about, "")
	if isNoServer(err) && s.asker().mayTalk() {
		told, ended := s.learnForge(ctx)
		if ended != nil && !errors.Is(ended, errNoServer) {
			return ended
		}
		s = told
		found, err = s.finder().forge(ctx, s.about, "")
	}
	s.sayNext(ctx, found, err)
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
	s.showChanges(s.about.origin().String(), changed, "git asks this helper first already", err)
	return changed, err
}

// sayNext says what a sign-in still lacks, where the forge was looked for with this result.
func (s *session) sayNext(ctx context.Context, f *forge, err error) {
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

func (p *program) unconfigureCommand() *cli.Command {
	return &cli.Command{
		Name: "unconfigure", ArgsUsage: "[URL...]", Action: p.onEachTarget((*session).unconfigure),
		Usage: "take away what configure has written",
		Description: "Removes this helper's own lines for each URL from the global git config, and\n" +
			"nothing else.\n\n" +
			"Example:  git-credential-grant unconfigure https://bitbucket.org",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "every line of this helper, whatever host it is for"}},
	}
}

// unconfigure takes away what configure has written.
func (s *session) unconfigure(ctx context.Context, c *cli.Context) error {
	const none = "there is nothing of this helper in the global git config"
	if c.Bool("all") {
		if c.Args().Present() {
			return misused(c, errors.New("--all and a URL exclude each other"))
		}
		changed, err := s.settings.git.UnconfigureAll(ctx)
		s.showChanges("every host", changed, none, err)
		return errors.Join(err, s.tellLeft(ctx))
	}
	changed, err := s.settings.git.Unconfigure(ctx, s.about.origin().String())
	s.showChanges(s.about.origin().String(), changed, none, err)
	return err
}

// tellLeft tells of what is left: lines of ours in files that are not the person's global git config, and settings.
func (s *session) tellLeft(ctx context.Context) error {
	entries, err := s.settings.git.Entries(ctx, s.about.request.URL())
	for _, entry := range entries {
		if entry.Name == "helper" && gitconfig.Ours(entry.Value) && entry.File != "" {
			s.voice.tell(entry.File + " has a line of this helper too: helper = " + entry.Value)
			s.voice.hint(entry.Command(""))
		}
	}
	s.tellSettings(entries)
	return err
}

// tellSettings tells which settings stay, as other helpers may read them, and how to take them away. Their values may be secret.
func (s *session) tellSettings(entries []gitconfig.Entry) {
	var files []string
	keys := map[string][]string{} // by file
	for _, entry := range entries {
		file, key := entry.File, entry.Key()
		if file == "" || !entry.SaysHow() || slices.Contains(keys[file], key) {
			continue
		}
		if keys[file] == nil {
			files = append(files, file)
		}
		keys[file] = append(keys[file], key)
	}
	for _, file := range files {
		var commands []string
		for _, key := range keys[file] {
			commands = append(commands, "git config --file "+shellwords.Quote(file)+" --unset-all "+shellwords.Quote(key))
		}
		s.voice.tell(file + " still says how to sign in, which other helpers may read too: " + strings.Join(keys[file], ", "))
		s.voice.hint("if none does: " + strings.Join(commands, "; "))
	}
}

// showChanges tells what has become of the git config, for a host or for every one: if nothing has, and no error is why, none
// says so.
func (s *session) showChanges(hosts string, changed []gitconfig.Line, none string, err error) {
	switch {
	case len(changed) > 0:
		s.voice.say("%s: changed the global git config", hosts)
		s.voice.sayLines(changed)
	case err == nil:
		s.voice.say("%s: %s", hosts, none)
	}
}

// sayLines shows lines of git config that go and come.
func (v *voice) sayLines(lines []gitconfig.Line) {
	for _, line := range lines {
		sign := "-"
		if line.Added {
			sign = "+"
		}
		v.say("%s", strings.TrimRight("  "+sign+" "+line.Key+" = "+line.Value, " "))
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
