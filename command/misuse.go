package command

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// A usageError says that the command line was wrong.
type usageError struct {
	command string // "" if it is about none
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// help is the command with what was probably meant, or else the one that tells how it is used.
func (e *usageError) help() string {
	if fault, ok := errors.AsType[*targetError](e.err); ok && fault.meant != "" && e.command != "" {
		return strings.Join(strings.Fields("did you mean: git-credential-grant "+e.command+" "+fault.flag+" "+fault.meant), " ")
	}
	return strings.Join(strings.Fields("git-credential-grant "+e.command+" --help"), " ")
}

// misused is the error of a command that was called in a wrong way.
func misused(c *cli.Context, err error) error { return &usageError{command: c.Command.Name, err: err} }

// unknownCommand does what a verb asks for that git may come to know: "it should silently ignore the request"
// (gitcredentials(7)).
func (p *program) unknownCommand(c *cli.Context) error {
	if !c.Args().Present() {
		p.showHelp(c.App, nil)
		return nil
	}
	if isTyped() {
		return noCommand(c.App, c.Args().First())
	}
	return nil
}

// isTyped reports whether standard input is a terminal, which git never makes it.
func isTyped() bool { return term.IsTerminal(int(os.Stdin.Fd())) }

// noCommand says that a name is that of no command.
func noCommand(app *cli.App, name string) error {
	var names []string
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}
	if strings.Contains(name, "://") {
		if isSecretive(name) {
			name = "URL"
		}
		return &usageError{err: fmt.Errorf("a URL goes after a command; did you mean setup %s?", shown(name))}
	}
	theirs := map[string]string{ // what gh, glab, Git Credential Manager and npm call the same
		"auth": "login", "signin": "login", "signout": "logout", "list": "status", "ls": "status", "whoami": "status", "diagnose": "doctor",
	}
	meant := cmp.Or(theirs[name], closest(name, names))
	return &usageError{err: fmt.Errorf("there is no command %q%s", name, didYouMean(meant))}
}

// didYouMean asks for what was probably meant, if that is known.
func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return "; did you mean " + name + "?"
}

// wrongFlag says what is wrong with the flags of a command, and shows its help if that is what was asked for.
func (p *program) wrongFlag(c *cli.Context, err error, isCommand bool) error {
	if isHelp(err) {
		return p.helpInstead(c, isCommand)
	}
	theirs := err.Error()
	fault := errors.New(inOurWords(theirs))
	if name, unknown := strings.CutPrefix(theirs, "flag provided but not defined: -"); unknown {
		fault = noFlag(c, name, isCommand)
	}
	if !isCommand {
		return &usageError{err: fault}
	}
	return misused(c, fault)
}

// noFlag says that a flag does not exist, or where it belongs.
func noFlag(c *cli.Context, name string, isCommand bool) error {
	if isCommand && slices.Contains(flagNames(c.App.Flags), name) {
		return fmt.Errorf("%s goes before %s", dashed(name), c.Command.Name)
	}
	if !isCommand && slices.ContainsFunc(c.App.Commands, func(command *cli.Command) bool {
		return slices.Contains(flagNames(command.Flags), name)
	}) {
		return fmt.Errorf("%s goes after the name of a command", dashed(name))
	}
	names := append(flagNames(c.Command.Flags), "help")
	meant := ""
	if near := closest(name, names); near != "" {
		meant = dashed(near)
	}
	return fmt.Errorf("there is no flag %s%s", dashed(name), didYouMean(meant))
}

// flagsFirst fails for a flag after a URL, where it would be taken for another URL.
func flagsFirst(c *cli.Context) error {
	for _, argument := range c.Args().Slice() {
		if strings.HasPrefix(argument, "-") {
			return misused(c, fmt.Errorf("%s goes before the URL", argument))
		}
	}
	return nil
}

// inOurWords says what the flag package and the command line's library say of flags.
func inOurWords(theirs string) string {
	var value, name, other string
	scan := func(format string, into ...any) bool {
		n, _ := fmt.Sscanf(theirs, format, into...)
		name = strings.TrimSuffix(name, ":")
		return n == len(into)
	}
	reason := func() string {
		_, reason, _ := strings.Cut(theirs, name+": ")
		if reason == "parse error" { // which only the flags without a value leave to the flag package
			return "write true or false"
		}
		return reason
	}
	switch {
	case scan("flag needs an argument: -%s", &name):
		return dashed(name) + " needs a value"
	case scan("invalid boolean value %q for -%s", &value, &name), scan("invalid value %q for flag -%s", &value, &name):
		return fmt.Sprintf("%s cannot be %q: %s", dashed(name), value, reason())
	case scan("could not parse %q from environment variable %q as value for flag %s", &value, &other, &name):
		return fmt.Sprintf("%s cannot be %q: %s", other, value, reason())
	case scan("Cannot use two forms of the same flag: %s %s", &name, &other):
		return dashed(name) + " and " + dashed(other) + " are the same"
	}
	if text, ok := strings.CutPrefix(theirs, "bad flag syntax: "); ok {
		return fmt.Sprintf("%q is no flag", text)
	}
	return theirs
}

func flagNames(flags []cli.Flag) (names []string) {
	for _, flag := range flags {
		names = append(names, flag.Names()...)
	}
	return names
}

// dashed is a flag as people write it.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
