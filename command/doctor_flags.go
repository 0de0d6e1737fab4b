package command

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"git-credential-grant/store"
)

// theirFlags are flags that other helpers have for the same thing, "" if it is not a flag here: Git Credential Manager and
// git-credential-oauth's main.go.
var theirFlags = map[string]string{"verbose": "trace", "bearer": "", "no-ui": "no-browser"}

// mendFlags puts the flags of a helper line right: those that are slightly wrong, and their values. What means nothing is left
// out. It returns what was wrong.
func mendFlags(given []string) (mended, faults []string) {
	fresh := options{trace: new(bool)}
	flags := fresh.flags()
	for len(given) > 0 {
		word := given[0]
		given = given[1:]
		name, value, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
		isFlag := strings.HasPrefix(word, "-")
		at := slices.IndexFunc(flags, func(f globalFlag) bool { return isFlag && f.Name == name })
		if at < 0 {
			faults = append(faults, "there is no flag "+word)
			if at = closestFlag(flags, name); !isFlag || at < 0 {
				continue
			}
		}
		flag := flags[at]
		if !flag.TakesValue() && !hasValue {
			mended = append(mended, "--"+flag.Name)
			continue
		}
		if !hasValue && len(given) > 0 {
			value, given = given[0], given[1:]
		}
		proper, fault := properValue(flag, value)
		if fault != "" {
			faults = append(faults, fault)
		}
		if proper != "" {
			mended = append(mended, "--"+flag.Name+"="+proper)
		}
	}
	return mended, faults
}

// closestFlag returns the index of the flag that was probably meant, -1 if none was.
func closestFlag(flags []globalFlag, name string) int {
	if theirs, known := theirFlags[name]; known {
		name = theirs
	}
	var names []string
	for _, flag := range flags {
		names = append(names, flag.Name)
	}
	return slices.Index(names, closest(name, names))
}

// properValue returns the value that a flag takes, the one that was probably meant, or "", and what is wrong with the given one.
func properValue(flag globalFlag, value string) (proper, fault string) {
	fault = fmt.Sprintf("%q is no value for --%s", value, flag.Name)
	if flag.Name == "store" {
		if _, err := store.Open(value, store.Options{}); err == nil {
			return value, ""
		}
		others := slices.DeleteFunc(store.Names(), func(name string) bool { return name == value }) // which another system has
		return closest(value, others), fault
	}
	if flag.Value.Set(value) == nil {
		return value, ""
	}
	// Git's own helpers count in seconds. Who asks for a few means minutes.
	if seconds, err := strconv.ParseUint(value, 10, 16); flag.TakesValue() && err == nil && seconds > 0 {
		return value + map[bool]string{true: "m", false: "s"}[seconds < 60], fault
	}
	return "", fault
}

// checkVariables tells of variables whose names have one mistake. Those of a job are taken out of the environment
// before anything else is done.
func (e *examination) checkVariables(context.Context) {
	names := slices.Clone(secretVariables)
	for _, flag := range e.session.global {
		for _, name := range flag.EnvVars {
			names = append(names, strings.TrimPrefix(name, variablePrefix))
		}
	}
	for _, assignment := range os.Environ() {
		variable, value, _ := strings.Cut(assignment, "=")
		name, ours := strings.CutPrefix(variable, variablePrefix)
		if !ours || value == "" || slices.Contains(names, name) {
			continue
		}
		near := func(known string) bool { return distance(name, known) == 1 }
		if at := slices.IndexFunc(names, near); at >= 0 {
			e.problem(fmt.Sprintf("unset %s; if you mean it: export %s%s=VALUE", variable, variablePrefix, names[at]),
				"%s means nothing", variable)
		}
	}
}
