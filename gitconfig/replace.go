package gitconfig

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A Replacement is what has to change in the global git config so that this helper takes the place of all others.
type Replacement struct {
	changes []change
}

// allHosts is the key of the helpers that git asks for every host.
const allHosts = "credential.helper"

// PlanReplacement returns what makes git ask this helper alone for every host: an empty line, which takes back what other files
// say, and the program with flags, in the place of the helpers for all hosts; and the same where git-credential-oauth or Git
// Credential Manager is asked for a single one, with the flags of theirs that mean something here. A helper beside them only
// kept what they had obtained, and would answer with that. Settings and the helpers of other hosts stay as they are.
// [ErrByHand] is that one of those stands where the empty line would take it back.
func (g Git) PlanReplacement(ctx context.Context, program string, flags []string) (*Replacement, error) {
	lists, err := g.allHelperLists(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(lists, func(l helperList) bool { return l.key == allHosts }) {
		lists = append(lists, helperList{key: allHosts})
	}
	r := &Replacement{}
	for _, list := range lists {
		theirs, found := list.theirFlags()
		if !found && list.key != allHosts {
			continue
		}
		wanted := []string{"", HelperLine(program, append(slices.Clone(flags), without(theirs, flags)...))}
		if !slices.Equal(list.values, wanted) {
			r.changes = append(r.changes, change{list, wanted})
		}
	}
	return r, g.inTheWay(ctx, r.changes)
}

// Lines are the lines that would go and come.
func (r *Replacement) Lines() (lines []Line) {
	for _, change := range r.changes {
		lines = append(lines, change.lines()...)
	}
	return lines
}

// Replace makes the change, and returns the lines that went and came.
func (g Git) Replace(ctx context.Context, r *Replacement) ([]Line, error) {
	return g.carryOut(ctx, r.changes)
}

// SignsIn reports whether a helper line calls git-credential-oauth or Git Credential Manager, under any of its names: it was
// manager-core until 2022, and its documentation has people write paths
// (https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/rename.md and docs/wsl.md there).
func SignsIn(line string) bool {
	name, _ := program(line)
	return slices.Contains([]string{"oauth", "manager", "manager-core"}, name)
}

// theirFlags are the flags of another helper in the list, as ours, and whether there is such a helper. -bearer has no flag here,
// but a setting: the hosts that it is about take a token in either form.
func (l helperList) theirFlags() (flags []string, found bool) {
	// https://github.com/hickford/git-credential-oauth/blob/main/main.go
	ours := map[string]string{"device": "--device", "verbose": "--trace"}
	for _, line := range l.values {
		if !SignsIn(line) {
			continue
		}
		found = true
		_, given := program(line)
		for _, flag := range given {
			if same := ours[strings.TrimLeft(flag, "-")]; same != "" {
				flags = append(flags, same)
			}
		}
	}
	return flags, found
}

// inTheWay looks for helpers of single hosts before the place where the empty line for all hosts will be: that of the last
// helper for all hosts, or else in the last section for all hosts, or else at the end.
func (g Git) inTheWay(ctx context.Context, changes []change) error {
	out, err := g.globalConfig(ctx, "-z", "--name-only", "--get-regexp", `^credential\.`)
	at := slices.IndexFunc(changes, func(c change) bool { return c.list.key == allHosts })
	if err != nil || at < 0 {
		return err
	}
	keys := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	place := len(keys)
	for i, key := range keys {
		if key == allHosts || len(changes[at].list.values) == 0 && strings.Count(key, ".") == 1 {
			place = i
		}
	}
	lists, err := g.allHelperLists(ctx)
	for _, list := range lists {
		isTheirs := func(value string) bool { return value != "" && !Ours(value) && !SignsIn(value) }
		if first := slices.Index(keys, list.key); list.key != allHosts && first < place && slices.ContainsFunc(list.values, isTheirs) {
			return fmt.Errorf("%w: %s stands before the place where an empty credential.helper would take it back", ErrByHand, list.key)
		}
	}
	return err
}
