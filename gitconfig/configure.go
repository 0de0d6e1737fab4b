package gitconfig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"git-credential-grant/internal/shellwords"
)

// A Line is a line of git config that was added or taken away.
type Line struct {
	Key, Value string
	Added      bool
}

// A helperList is the values of one credential.<URL>.helper of the global git config, in the order of the file. Git
// asks all helpers that match a URL in that order; an empty value makes it forget those before (gitcredentials(7)).
type helperList struct {
	key    string
	values []string
}

// Configure makes this helper the first for a URL in the global git config: by an empty line, which takes back what
// stands before it, and then line. Lines of other helpers stay as they are. It returns what it changed, nothing
// if all was as it should be. The error is [ErrByHand] if something else still comes first.
func (g Git) Configure(ctx context.Context, url, line string) ([]Line, error) {
	lists, err := g.helperLists(ctx, url)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		if present := list.effective(); present != "" && g.isFirst(ctx, url) {
			return g.replace(ctx, list, present, line)
		}
	}
	changed, err := g.carryOut(ctx, withoutOurs(lists))
	if err != nil {
		return changed, err
	}
	added, err := g.addPair(ctx, url, line)
	return append(changed, added...), err
}

// Unconfigure takes away what [Git.Configure] has written for a URL, and returns that, nothing if there was nothing.
func (g Git) Unconfigure(ctx context.Context, url string) ([]Line, error) {
	lists, err := g.helperLists(ctx, url)
	if err != nil {
		return nil, err
	}
	return g.carryOut(ctx, withoutOurs(lists))
}

// UnconfigureAll takes every line of ours out of the global git config, and returns them.
func (g Git) UnconfigureAll(ctx context.Context) ([]Line, error) {
	lists, err := g.allHelperLists(ctx)
	if err != nil {
		return nil, err
	}
	return g.carryOut(ctx, withoutOurs(lists))
}

// helperLists reads the lists of a URL. It has two spellings: git takes both for the same, but keeps their lines
// apart. The second is used where the lines of another helper are under the first, or where those of the first come too
// early in the file.
func (g Git) helperLists(ctx context.Context, url string) ([]helperList, error) {
	var lists []helperList
	for _, spelling := range []string{url, url + "/"} {
		list := helperList{key: "credential." + spelling + ".helper"}
		out, err := g.globalConfig(ctx, "-z", "--get-all", list.key)
		if err != nil {
			return nil, err
		}
		if out != "" {
			list.values = strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
		}
		lists = append(lists, list)
	}
	return lists, nil
}

// effective returns the line of ours that the last empty line stands right before, "" if there is none.
func (l helperList) effective() (line string) {
	for i, value := range l.values {
		switch {
		case value == "":
			line = ""
		case Ours(value) && i > 0 && l.values[i-1] == "":
			line = value
		}
	}
	return line
}

// isFirst reports whether git asks this helper before any other, whatever file says so.
func (g Git) isFirst(ctx context.Context, url string) bool {
	entries, err := g.Entries(ctx, url)
	lines := Helpers(entries)
	return err == nil && len(lines) > 0 && Ours(lines[0])
}

// replace puts another line of ours in the place of the present one.
func (g Git) replace(ctx context.Context, l helperList, old, line string) ([]Line, error) {
	if old == line {
		return nil, nil
	}
	if _, err := g.globalConfig(ctx, "--replace-all", l.key, line, exactly(old)); err != nil {
		return nil, err
	}
	return []Line{{l.key, old, false}, {l.key, line, true}}, nil
}

// addPair adds the empty line and ours under a spelling of the URL that is free and comes late enough: git adds to the section
// that is there, and an empty line for all hosts may follow that.
func (g Git) addPair(ctx context.Context, url, line string) (added []Line, err error) {
	lists, err := g.helperLists(ctx, url)
	if err != nil {
		return nil, err
	}
	free := slices.DeleteFunc(lists, func(l helperList) bool { return len(l.values) > 0 })
	if len(free) == 0 {
		return nil, fmt.Errorf("%w: there are helpers for %s already, in both spellings of it", ErrByHand, url)
	}
	for i, list := range free {
		if added, err = g.carryOut(ctx, []change{{list, []string{"", line}}}); err != nil || g.isFirst(ctx, url) {
			return added, err
		}
		if i < len(free)-1 {
			_, err = g.carryOut(ctx, []change{{helperList{list.key, []string{"", line}}, nil}})
		}
	}
	return added, cmp.Or(err, fmt.Errorf("%w: what comes after it makes git ask other helpers first for %s", ErrByHand, url))
}

// ErrByHand: only the person can bring the lines of git config into an order that serves.
var ErrByHand = errors.New("this has to be edited by hand")

// Ours reports whether a helper line calls this program.
func Ours(line string) bool {
	name, _ := program(line)
	return name == "grant"
}

// program returns NAME of the git-credential-NAME that a helper line calls, and what it is given. Git takes a line as a shell
// command if it begins with "!" or is an absolute path, and else puts "git credential-" before it.
func program(line string) (name string, arguments []string) {
	command, isShell := strings.CutPrefix(line, "!")
	words := append(shellwords.Split(command, shellwords.Backslash), "", "")
	given := words[1:max(1, len(words)-2)]
	base := strings.TrimSuffix(path.Base(words[0]), ".exe")
	bare, isHelper := strings.CutPrefix(base, "git-credential-")
	switch {
	case isHelper:
		return bare, given
	case isShell && base == "git" && strings.HasPrefix(words[1], "credential-"):
		return strings.TrimPrefix(words[1], "credential-"), given[1:]
	case !isShell:
		return words[0], given
	}
	return "", nil
}

// HelperLine returns what to write into credential.helper so that git calls a program with flags: its name where git
// finds it by that, which is what path "" means, or else its path in a form that survives git and the shell.
// Git runs an absolute path as a shell command only if the line begins with it, so one that needs quotes needs a "!" too.
func HelperLine(path string, flags []string) string {
	line := "grant"
	if path != "" {
		line = shellwords.Quote(path)
	}
	if strings.HasPrefix(line, "'") {
		line = "!" + line
	}
	for _, flag := range flags {
		line += " " + shellwords.Quote(flag)
	}
	return line
}

// exactly returns the pattern that matches a value and nothing else. Git 2.30 has --fixed-value for it.
func exactly(value string) string {
	var pattern strings.Builder
	for _, r := range value {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			pattern.WriteRune('\\')
		}
		pattern.WriteRune(r)
	}
	return "^" + pattern.String() + "$"
}

// globalConfig runs git config --global.
func (g Git) globalConfig(ctx context.Context, args ...string) (out string, err error) {
	return g.read(ctx, "", append([]string{"config", "--global"}, args...)...)
}
