package gitconfig

import (
	"context"
	"slices"
	"strings"
)

// A change is what is to become of a list of helpers.
type change struct {
	list   helperList
	wanted []string
}

// allHelperLists reads the lists of the global git config, for all hosts and for each, in the order in which they begin.
func (g Git) allHelperLists(ctx context.Context) (lists []helperList, err error) {
	out, err := g.globalConfig(ctx, "-z", "--get-regexp", `^credential\.(.*\.)?helper$`)
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		at := slices.IndexFunc(lists, func(l helperList) bool { return l.key == key })
		switch {
		case key == "":
		case at < 0:
			lists = append(lists, helperList{key, []string{value}})
		default:
			lists[at].values = append(lists[at].values, value)
		}
	}
	return lists, nil
}

// withoutOurs takes our lines out of lists, and the empty ones right before them, which would keep git from asking anybody.
func withoutOurs(lists []helperList) (changes []change) {
	for _, list := range lists {
		wanted := []string{}
		for _, value := range list.values {
			if !Ours(value) {
				wanted = append(wanted, value)
				continue
			}
			for len(wanted) > 0 && wanted[len(wanted)-1] == "" {
				wanted = wanted[:len(wanted)-1]
			}
		}
		if len(wanted) < len(list.values) {
			changes = append(changes, change{list, wanted})
		}
	}
	return changes
}

// lines are the lines that go and that come.
func (c change) lines() (lines []Line) {
	for _, value := range without(c.list.values, c.wanted) {
		lines = append(lines, Line{c.list.key, value, false})
	}
	for _, value := range without(c.wanted, c.list.values) {
		lines = append(lines, Line{c.list.key, value, true})
	}
	return lines
}

// without returns the values that are not among others, each as often as it is missing there.
func without(values, others []string) (rest []string) {
	others = slices.Clone(others)
	for _, value := range values {
		if at := slices.Index(others, value); at >= 0 {
			others = slices.Delete(others, at, at+1)
			continue
		}
		rest = append(rest, value)
	}
	return rest
}

// carryOut makes changes, and returns the lines that went and came. It is not interrupted within a list: an empty line alone
// would keep git from asking anybody.
func (g Git) carryOut(ctx context.Context, changes []change) (lines []Line, err error) {
	for _, change := range changes {
		if err := ctx.Err(); err != nil {
			return lines, err
		}
		if err := g.write(context.WithoutCancel(ctx), change); err != nil {
			return lines, err
		}
		lines = append(lines, change.lines()...)
	}
	return lines, nil
}

// write takes single lines out where that is enough, so that the others keep their places and comments. Git config cannot take
// out one of two that are the same; then the whole list is written anew, in the place of its last line.
func (g Git) write(ctx context.Context, c change) error {
	gone := without(c.list.values, c.wanted)
	left := slices.DeleteFunc(slices.Clone(c.list.values), func(value string) bool { return slices.Contains(gone, value) })
	var commands [][]string
	if slices.Equal(left, c.wanted) {
		slices.Sort(gone)
		for _, value := range slices.Compact(gone) {
			commands = append(commands, []string{"--unset-all", c.list.key, exactly(value)})
		}
	} else {
		commands = append(commands, []string{"--replace-all", c.list.key, c.wanted[0]})
		for _, value := range c.wanted[1:] {
			commands = append(commands, []string{"--add", c.list.key, value})
		}
	}
	for _, command := range commands {
		if _, err := g.globalConfig(ctx, command...); err != nil {
			return err
		}
	}
	return nil
}
