package testforge

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `Usage:
  testforge serve [--ready FILE] [flags]      run a forge until SIGTERM
  testforge ctl URL COMMAND...                have a running forge do something
  testforge browser [flags] URL               sign in as a person would

Commands: expire, revoke, revoke-grants, fault KIND [N], repo NAME, stats, and
each setting of "serve" with a value, such as: consent auto:alice
`

// Main is the command testforge. It takes the arguments after the program's name
// and returns the exit status.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, args, stdout, stderr); {
	case errors.Is(err, errUsage):
		return 2
	case err != nil:
		fmt.Fprintln(stderr, "testforge:", err)
		return 1
	}
	return 0
}

// errUsage is for mistakes that the user has been told of.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "serve":
		return serve(ctx, args, stdout, stderr)
	case "ctl":
		return ctl(args, stdout)
	case "browser":
		return browse(args, stderr)
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var options Options
	var repos []string
	flags := newFlags("serve", stderr)
	ready := flags.String("ready", "", "write address and client to `file`, not to standard output")
	flags.Func("repo", "make repository `WORKSPACE/REPO`; may be repeated", func(name string) error {
		repos = append(repos, name)
		return nil
	})
	options.flags(flags)
	if flags.Parse(args) != nil {
		return errUsage
	}
	forge, err := New(options)
	if err != nil {
		return err
	}
	if err := forge.open(repos, *ready, stdout); err != nil {
		return errors.Join(err, forge.Close())
	}
	<-ctx.Done()
	return forge.Close()
}

func (o *Options) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.Root, "root", "", "`directory` of the repositories (temporary)")
	flags.StringVar(&o.Addr, "addr", "", "`address` to listen on (127.0.0.1, any port)")
	flags.StringVar(&o.ClientID, "client-id", "", "the consumer's key")
	flags.StringVar(&o.ClientSecret, "client-secret", "", "the consumer's secret")
	flags.StringVar(&o.Callback, "callback", "", "the consumer's callback `URL`")
	flags.Func("password", "no OAuth: take `USER:PASSWORD` for git; may be repeated", o.addPassword)
	o.Settings.flags(flags)
}

func (o *Options) addPassword(pair string) error {
	user, password, ok := strings.Cut(pair, ":")
	if !ok {
		return errors.New("no colon")
	}
	if o.Passwords == nil {
		o.Passwords = make(map[string]string)
	}
	o.Passwords[user] = password
	return nil
}

func (f *Forge) open(repos []string, ready string, stdout io.Writer) error {
	for _, repo := range repos {
		if err := f.CreateRepo(repo); err != nil {
			return err
		}
	}
	return f.announce(ready, stdout)
}

// announce says where the forge is, as assignments that a shell can read. A
// ready file is there with all of them or not at all.
func (f *Forge) announce(ready string, stdout io.Writer) error {
	text := fmt.Sprintf("FORGE_URL=%s\nFORGE_CLIENT_ID=%s\nFORGE_CLIENT_SECRET=%s\nFORGE_ROOT=%s\n",
		f.URL, f.ClientID, f.ClientSecret, f.Root)
	if ready == "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	part := ready + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(part, ready)
}

func ctl(args []string, stdout io.Writer) error {
	if len(args) < 2 {
		return errors.New("ctl needs a URL and a command")
	}
	out, err := Control(args[0], args[1:]...)
	io.WriteString(stdout, out)
	return err
}

// browse takes its settings from the environment too: as $BROWSER it gets the
// URL and nothing else. With fields to type, it is a [Person].
func browse(args []string, stderr io.Writer) error {
	var browser Browser
	flags := newFlags("browser", stderr)
	flags.StringVar(&browser.As, "as", os.Getenv("TESTFORGE_AS"), "`user` who signs in (alice); TESTFORGE_AS")
	flags.BoolVar(&browser.Cancel, "cancel", os.Getenv("TESTFORGE_CANCEL") != "", "click Cancel; TESTFORGE_CANCEL, if not empty")
	fields := flags.String("fields", os.Getenv("TESTFORGE_FIELDS"),
		"what to type, as `NAME=VALUE&...`, at another server; TESTFORGE_FIELDS")
	submit := flags.String("submit", os.Getenv("TESTFORGE_SUBMIT"), "the `text` on the button there; TESTFORGE_SUBMIT")
	pageFile := flags.String("page", os.Getenv("TESTFORGE_PAGE"), "write the last page to `file`; TESTFORGE_PAGE")
	log := flags.String("log", os.Getenv("TESTFORGE_LOG"), "append the URL to `file`; TESTFORGE_LOG")
	if flags.Parse(args) != nil {
		return errUsage
	}
	if flags.NArg() != 1 {
		return errors.New("browser needs a URL")
	}
	if err := appendLine(*log, flags.Arg(0)); err != nil {
		return err
	}
	typed, err := url.ParseQuery(*fields)
	if err != nil {
		return err
	}
	visit := browser.Visit
	if *fields != "" {
		visit = Person{Fields: typed, Submit: *submit}.Visit
	}
	page, err := visit(flags.Arg(0))
	if *pageFile == "" {
		return err
	}
	return errors.Join(err, os.WriteFile(*pageFile, []byte(page), 0o600))
}

func appendLine(file, line string) error {
	if file == "" {
		return nil
	}
	log, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(log, line)
	return errors.Join(err, log.Close())
}

func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("testforge "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	return flags
}
