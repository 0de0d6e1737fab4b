package command

import (
	"context"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
)

// repeated returns the global flags for use after the name of a command.
func repeated(global []cli.Flag) (flags []cli.Flag) {
	for _, flag := range global {
		switch f := flag.(type) {
		case *cli.StringFlag:
			flags = append(flags, &cli.StringFlag{Name: f.Name, Value: f.Value, Usage: f.Usage,
				Action: func(_ *cli.Context, value string) error { *f.Destination = value; return nil }})
		case *cli.BoolFlag:
			flags = append(flags, &cli.BoolFlag{Name: f.Name, Usage: f.Usage,
				Action: func(_ *cli.Context, value bool) error { *f.Destination = value; return nil }})
		case *cli.DurationFlag:
			flags = append(flags, &cli.DurationFlag{Name: f.Name, Value: f.Value, Usage: f.Usage,
				Action: func(_ *cli.Context, value time.Duration) error { *f.Destination = value; return nil }})
		}
	}
	return flags
}

// onCommandLine reports whether the person has given a flag.
func onCommandLine(name string) bool {
	return slices.ContainsFunc(os.Args[1:], func(arg string) bool {
		flag, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && flag == name
	})
}

// inEnvironment reports whether a flag comes from the environment.
func inEnvironment(global cli.Flag) bool {
	documented, ok := global.(cli.DocGenerationFlag)
	return ok && slices.ContainsFunc(documented.GetEnvVars(), func(name string) bool { return os.Getenv(name) != "" })
}

// givenFlags returns the global flags that are on the command line, as arguments. What comes from the environment is
// left out, since git's call will have that too.
func (p *program) givenFlags() (arguments []string) {
	for _, global := range p.global {
		name := global.Names()[0]
		if !onCommandLine(name) {
			continue
		}
		switch f := global.(type) {
		case *cli.StringFlag:
			arguments = append(arguments, "--"+name, *f.Destination)
		case *cli.DurationFlag:
			arguments = append(arguments, "--"+name, f.Destination.String())
		case *cli.BoolFlag:
			if *f.Destination {
				arguments = append(arguments, "--"+name)
			}
		}
	}
	return arguments
}

// flagsInUse returns the flags for the helper line of a URL: those that are given, and else those with which git calls this
// program for it now.
func (p *program) flagsInUse(ctx context.Context, git gitconfig.Git, url string) ([]string, error) {
	line, err := git.OwnFlags(ctx, url)
	if err != nil {
		return nil, err
	}
	arguments := p.givenFlags()
	for i := 0; i < len(line); i++ {
		name, _, hasValue := strings.Cut(strings.TrimLeft(line[i], "-"), "=")
		kept := []string{line[i]}
		if p.takesValue(name) && !hasValue && i+1 < len(line) {
			i++
			kept = append(kept, line[i])
		}
		if !onCommandLine(name) {
			arguments = append(arguments, kept...)
		}
	}
	return arguments, nil
}

// takesValue reports whether a flag is one that a value follows.
func (p *program) takesValue(name string) bool {
	for _, global := range p.global {
		if _, isBool := global.(*cli.BoolFlag); !isBool && global.Names()[0] == name {
			return true
		}
	}
	return false
}

// adoptFlags takes over the flags of the helper line by which git calls this program, where the person does not say
// otherwise: what git keeps in one keyring shall not be looked for in another.
func (p *program) adoptFlags(ctx context.Context, git gitconfig.Git, url string) error {
	line, err := git.OwnFlags(ctx, url)
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, global := range p.global {
		name := global.Names()[0]
		said := onCommandLine(name) || inEnvironment(global)
		switch f := global.(type) {
		case *cli.StringFlag:
			flags.StringVar(unless(said, f.Destination), name, *f.Destination, "")
		case *cli.DurationFlag:
			flags.DurationVar(unless(said, f.Destination), name, *f.Destination, "")
		case *cli.BoolFlag:
			flags.BoolVar(unless(said, f.Destination), name, *f.Destination, "")
		}
	}
	// A flag that is wrong there is git's to complain about.
	flags.Parse(line)
	return nil
}

// unless returns where a value goes: nowhere, if said.
func unless[T any](said bool, destination *T) *T {
	if said {
		return new(T)
	}
	return destination
}
