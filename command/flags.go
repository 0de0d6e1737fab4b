package command

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/store"
)

// options are the global flags: what a person chooses for a command, for git's calls in the helper line, or for all in the
// environment.
type options struct {
	store     string
	device    bool
	noBrowser bool
	timeout   time.Duration
	trace     *bool // of the voice
	via       string
}

// A globalFlag may stand before or after the name of a command.
type globalFlag struct{ *cli.GenericFlag }

// flags returns the global flags, which set the options.
func (o *options) flags() (flags []globalFlag) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.StringVar(&o.store, "store", "auto", "`KEYRING` to use: auto, secret-service, keychain, wincred, pass, keyctl or file")
	set.BoolVar(&o.device, "device", false, "sign in with a code that you enter on any device, where the forge has that")
	set.BoolVar(&o.noBrowser, "no-browser", false, "print the address to open, and open no browser")
	o.timeout = 5 * time.Minute
	set.Var((*period)(&o.timeout), "timeout", "how long a sign-in may take, as a `TIME`: 90s, 10m")
	set.Var((*socketName)(&o.via), "via", "ask the agent at this `SOCKET`, and keep nothing here")
	set.BoolVar(o.trace, "trace", false, "tell each step on standard error, without secrets")
	for _, one := range genericFlags(set) {
		one.EnvVars = []string{variablePrefix + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))}
		flags = append(flags, globalFlag{one})
	}
	return flags
}

// A socketName is one that is not empty: a variable that is not set must not have a sandbox keep what it was to ask for elsewhere.
type socketName string

// Set implements [flag.Value].
func (s *socketName) Set(text string) error {
	if text == "" {
		return errors.New("it names no socket")
	}
	*s = socketName(text)
	return nil
}

// String implements [flag.Value].
func (s *socketName) String() string { return string(*s) }

// A period is how long something may take: a flag wants a number and a unit, since git's own helpers count in seconds, and many
// mean minutes.
type period time.Duration

// Set implements [flag.Value].
func (p *period) Set(text string) error {
	length, err := time.ParseDuration(text)
	if err != nil || length <= 0 {
		return errors.New("write a number above 0 and a unit, such as 5m or 90s")
	}
	*p = period(length)
	return nil
}

// String implements [flag.Value]. It leaves out the units of which there are none, and is "" for no time.
func (p *period) String() string {
	text := time.Duration(*p).String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = text[:len(text)-2]
		}
	}
	return strings.TrimPrefix(text, "0s")
}

// genericFlags makes flags of the standard library some of the command line.
func genericFlags(set *flag.FlagSet) (flags []*cli.GenericFlag) {
	set.VisitAll(func(f *flag.Flag) {
		flags = append(flags, &cli.GenericFlag{Name: f.Name, Usage: f.Usage, Value: f.Value, DefaultText: f.DefValue})
	})
	return flags
}

// TakesValue reports whether a value follows the flag.
func (f globalFlag) TakesValue() bool {
	boolean, ok := f.Value.(interface{ IsBoolFlag() bool })
	return !ok || !boolean.IsBoolFlag()
}

// GetDefaultText returns the default for the help.
func (f globalFlag) GetDefaultText() string {
	if !f.TakesValue() {
		return ""
	}
	return f.GenericFlag.GetDefaultText()
}

// String is the line of the help.
func (f globalFlag) String() string { return cli.FlagStringer(f) }

// repeated is the flag after the name of a command. The environment has been read by then.
func (f globalFlag) repeated() globalFlag {
	again := *f.GenericFlag
	again.EnvVars = nil
	return globalFlag{&again}
}

// onCommandLine reports whether the person has given a flag.
func onCommandLine(name string) bool {
	return slices.ContainsFunc(os.Args[1:], func(arg string) bool {
		flag, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && flag == name
	})
}

// inEnvironment reports whether the flag comes from the environment.
func (f globalFlag) inEnvironment() bool {
	return slices.ContainsFunc(f.EnvVars, func(name string) bool { return os.Getenv(name) != "" })
}

// isChosen reports whether the person has said what the flag is to be.
func (f globalFlag) isChosen() bool { return onCommandLine(f.Name) || f.inEnvironment() }

// arguments are the flag as it is, in words of a command line.
func (f globalFlag) arguments() []string {
	switch {
	case f.TakesValue():
		return []string{"--" + f.Name, f.Value.String()}
	case f.Value.String() == "true":
		return []string{"--" + f.Name}
	}
	return nil
}

// flagsInUse returns the flags for the helper line of a URL: those on the command line, and else those with which git calls this
// program for it now. What comes from the environment is left out, since git's call will have that too.
func flagsInUse(ctx context.Context, flags []globalFlag, git gitconfig.Git, url string) (arguments []string, err error) {
	line, err := git.OwnFlags(ctx, url)
	if err != nil {
		return nil, err
	}
	for _, global := range flags {
		if onCommandLine(global.Name) {
			arguments = append(arguments, global.arguments()...)
		}
	}
	for i := 0; i < len(line); i++ {
		name, _, hasValue := strings.Cut(strings.TrimLeft(line[i], "-"), "=")
		kept := []string{line[i]}
		if takesValue(flags, name) && !hasValue && i+1 < len(line) {
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
func takesValue(flags []globalFlag, name string) bool {
	return slices.ContainsFunc(flags, func(f globalFlag) bool { return f.Name == name && f.TakesValue() })
}

// optionsFor returns the person's options, and those of the helper line by which git calls this program for a URL where the person
// does not say otherwise: what git keeps in one keyring shall not be looked for in another.
func (p *program) optionsFor(ctx context.Context, git gitconfig.Git, url string) (options, error) {
	line, err := git.OwnFlags(ctx, url)
	if err != nil {
		return options{}, err
	}
	chosen := options{trace: new(bool)}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	own := chosen.flags()
	for _, one := range own {
		flags.Var(one.Value, one.Name, "")
	}
	// A flag that is wrong there is git's to complain about, and doctor's.
	flags.Parse(line)
	if _, err := store.Open(chosen.store, store.Options{}); err != nil {
		chosen.store = p.options.store
	}
	for i, global := range p.global {
		if global.isChosen() {
			own[i].Value.Set(global.Value.String())
		}
	}
	*p.options.trace = *p.options.trace || *chosen.trace
	return chosen, nil
}
