package gitconfig

import (
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
// if all was as it should be.
func (g Git) Configure(ctx context.Context, url, line string) ([]Line, error) {
	lists, err := g.helperLists(ctx, url)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		if present := list.effective(); present != "" {
			return g.replace(ctx, list, present, line)
		}
	}
	changed, err := g.unconfigure(ctx, lists)
	if err != nil && !errors.Is(err, ErrByHand) {
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
	return g.unconfigure(ctx, lists)
}

// helperLists reads the lists of a URL. It has two spellings: git takes both for the same, but keeps their lines
// apart. The second is used where the lines of another helper are under the first, because git config cannot remove
// one of two empty lines.
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

func (g Git) addPair(ctx context.Context, url, line string) (added []Line, err error) {
	lists, err := g.helperLists(ctx, url)
	if err != nil {
		return nil, err
	}
	free := slices.IndexFunc(lists, func(l helperList) bool { return len(l.values) == 0 })
	if free < 0 {
		return nil, fmt.Errorf("git config already has helpers for %s, in both spellings of it", url)
	}
	for _, value := range []string{"", line} {
		if _, err := g.globalConfig(ctx, "--add", lists[free].key, value); err != nil {
			return added, err
		}
		added = append(added, Line{lists[free].key, value, true})
	}
	return added, nil
}

func (g Git) unconfigure(ctx context.Context, lists []helperList) (removed []Line, err error) {
	for _, list := range lists {
		gone, err := g.removeOurs(ctx, list)
		removed = append(removed, gone...)
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removeOurs removes our lines, and the empty line before one of them if it is the only empty one.
func (g Git) removeOurs(ctx context.Context, l helperList) (removed []Line, err error) {
	empty := 0
	var own []string
	for i, value := range l.values {
		switch {
		case value == "":
			empty++
		case Ours(value) && i > 0 && l.values[i-1] == "":
			own = append(own, "", value)
		case Ours(value):
			own = append(own, value)
		}
	}
	switch resets := slices.Contains(own, ""); {
	case len(own) == 0:
		return nil, nil
	case len(own) < len(l.values) && empty > 1 && resets:
		return nil, fmt.Errorf("%w: %s has several empty lines, and git config cannot take one of them away", ErrByHand, l.key)
	}
	slices.Sort(own)
	for _, value := range slices.Compact(own) {
		if _, err := g.globalConfig(ctx, "--unset-all", l.key, exactly(value)); err != nil {
			return removed, err
		}
		removed = append(removed, Line{l.key, value, false})
	}
	return removed, nil
}

// ErrByHand: our lines and those of others are mixed in a way that only the person can take apart.
var ErrByHand = errors.New("this has to be edited by hand")

// Ours reports whether a helper line calls this program. Git takes a line as a shell command if it begins with "!" or
// is an absolute path, and else puts "git credential-" before it.
func Ours(line string) bool {
	command, isShell := strings.CutPrefix(line, "!")
	words := append(shellwords.Split(command, shellwords.Backslash), "", "")
	base := strings.TrimSuffix(path.Base(words[0]), ".exe")
	return base == "git-credential-grant" ||
		isShell && base == "git" && words[1] == "credential-grant" ||
		!isShell && words[0] == "grant"
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
