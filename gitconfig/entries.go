package gitconfig

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"git-credential-grant/internal/shellwords"
)

// An Entry is one value of git config under a section, and the file that it stands in.
type Entry struct {
	File  string // "" if it comes from the command line or the environment
	URL   string // the <URL> of credential.<URL>.<Name>, "" if there is none
	Name  string // in lower case, as git has it
	Value string
	// Applies says that git uses it for the URL.
	Applies bool
}

// Entries returns every value of git config under credential, in the order in which git reads them. Those that git
// would apply to a URL are marked.
func (g Git) Entries(ctx context.Context, url string) ([]Entry, error) {
	return g.entries(ctx, "credential", "", url)
}

// entries returns every value under a section, or only those of one name.
func (g Git) entries(ctx context.Context, section, name, url string) ([]Entry, error) {
	pattern := `^` + section + `\.`
	if name != "" {
		pattern += `(.*\.)?` + name + `$`
	}
	entries, err := g.matching(ctx, section, pattern)
	if err != nil {
		return nil, err
	}
	return entries, g.findApplying(ctx, entries, url)
}

// matching returns every value under a section whose key matches a pattern, in git's order. None is marked.
func (g Git) matching(ctx context.Context, section, pattern string) ([]Entry, error) {
	out, err := g.read(ctx, "", "config", "-z", "--show-origin", "--get-regexp", pattern)
	if err != nil {
		return nil, err
	}
	return parseEntries(out, section), nil
}

// IsOurs reports whether the entry makes this program a helper, or says how to sign in.
func (e Entry) IsOurs() bool {
	return e.Name == "helper" && Ours(e.Value) || e.SaysHow()
}

// SaysHow reports whether the entry says how to sign in.
func (e Entry) SaysHow() bool { return e.Name == "provider" || strings.HasPrefix(e.Name, "oauth") }

// Key is the whole name of the entry.
func (e Entry) Key() string {
	if e.URL == "" {
		return "credential." + e.Name
	}
	return "credential." + e.URL + "." + e.Name
}

// Command returns the command for a shell that puts another value in the place of the entry's, or takes it away if that is "". It
// returns "" for an entry that stands in no file.
func (e Entry) Command(value string) string {
	if e.File == "" {
		return ""
	}
	words := []string{"git", "config", "--file", e.File, "--unset-all", e.Key(), exactly(e.Value)}
	if value != "" {
		words = []string{"git", "config", "--file", e.File, "--replace-all", e.Key(), value, exactly(e.Value)}
	}
	for i := range words {
		words[i] = shellwords.Quote(words[i])
	}
	return strings.Join(words, " ")
}

// parseEntries reads pairs of an origin and of an entry, each up to a NUL.
func parseEntries(out, section string) (entries []Entry) {
	fields := strings.Split(out, "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		file, _ := strings.CutPrefix(fields[i], "file:")
		if file == fields[i] {
			file = ""
		}
		key, value, _ := strings.Cut(fields[i+1], "\n")
		key = strings.TrimPrefix(key, section+".")
		dot := strings.LastIndex(key, ".")
		entries = append(entries, Entry{File: file, URL: key[:max(0, dot)], Name: key[dot+1:], Value: value})
	}
	return entries
}

// findApplying has git itself decide which entries apply: it is given a config in which each entry has a name of its own.
func (g Git) findApplying(ctx context.Context, entries []Entry, url string) error {
	config := render(entries, url, func(i int, _ Entry) string { return fmt.Sprintf("entry-%d = x", i) })
	out, err := g.read(ctx, config, "config", "-z", "--file", "-", "--get-urlmatch", "credential", url)
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(out, "\x00") {
		name, _, _ := strings.Cut(entry, "\n")
		if i, err := strconv.Atoi(strings.TrimPrefix(name, "credential.entry-")); err == nil {
			entries[i].Applies = true
		}
	}
	return nil
}

// Paths returns the paths below which settings say that there is a forge at an origin: those in
// credential.<origin>/<path>.provider, and in the other settings that tell where a server is, without a slash at their end.
func (g Git) Paths(ctx context.Context, origin string) (paths []string, err error) {
	var names []string
	for _, setting := range table {
		if setting.server {
			names = append(names, setting.keys()...)
		}
	}
	entries, err := g.matching(ctx, "credential", `^credential\..*\.(`+strings.Join(names, "|")+`)$`)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		path, isBelow := strings.CutPrefix(entry.URL, origin+"/")
		path = strings.TrimSuffix(path, "/")
		if isBelow && path != "" && !slices.Contains(paths, "/"+path) {
			paths = append(paths, "/"+path)
		}
	}
	return paths, nil
}

// Helpers returns the lines of the helpers that git asks, in its order.
func Helpers(entries []Entry) (lines []string) {
	for _, entry := range Asked(entries) {
		lines = append(lines, entry.Value)
	}
	return lines
}

// Asked returns the entries of the helpers that git asks, in its order: an empty one takes back those before it.
func Asked(entries []Entry) (asked []Entry) {
	for _, entry := range entries {
		switch {
		case entry.Name != "helper" || !entry.Applies:
		case entry.Value == "":
			asked = nil
		default:
			asked = append(asked, entry)
		}
	}
	return asked
}

// OwnFlags returns the flags in the line by which git calls this program for a URL, or else for any other.
func (g Git) OwnFlags(ctx context.Context, url string) ([]string, error) {
	entries, err := g.Entries(ctx, url)
	if err != nil {
		return nil, err
	}
	lines := Helpers(entries)
	for _, entry := range entries {
		if entry.Name == "helper" {
			lines = append(lines, entry.Value)
		}
	}
	own := slices.IndexFunc(lines, Ours)
	if own < 0 {
		return nil, nil
	}
	_, flags := Flags(lines[own])
	for len(flags) > 0 && !strings.HasPrefix(flags[0], "-") {
		flags = flags[1:]
	}
	return flags, nil
}

// Flags takes a helper line of ours apart into the words that name the program, as they are there, and what is given to it, which
// should be flags.
func Flags(line string) (words string, flags []string) {
	_, flags = program(line)
	names := len(shellwords.Split(line, shellwords.Backslash)) - len(flags)
	at := 0
	for _, word := range shellwords.Cut(line, shellwords.Backslash, func(c byte) bool { return c == ' ' || c == '\t' }) {
		if word != "" && names == 0 {
			break
		}
		if word != "" {
			names--
		}
		at += len(word) + 1
	}
	return strings.TrimSpace(line[:min(at, len(line))]), flags
}

// Executable returns the program that a helper line of ours calls, for a search in PATH.
func Executable(line string) string {
	words := append(shellwords.Split(strings.TrimPrefix(line, "!"), shellwords.Backslash), "")
	if path.IsAbs(words[0]) {
		return words[0]
	}
	return "git-credential-grant"
}
