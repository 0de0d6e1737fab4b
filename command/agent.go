package command

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"git-credential-grant/agent"
)

// agentOptions are the flags of agent.
type agentOptions struct {
	urls      texts
	allow     []agent.Rule // what the URLs say
	confirm   bool
	lifetime  time.Duration // 0: until it is ended
	given     bool
	log       string
	users     userIDs // who may ask, beside the one who runs it
	install   bool
	stdio     bool
	arguments []string
}

// texts are what a flag gives, one with each time.
type texts []string

// Set implements [flag.Value].
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// String implements [flag.Value].
func (t *texts) String() string { return strings.Join(*t, ", ") }

// userIDs are what a flag names, the last time that it is given.
type userIDs []int

// Set implements [flag.Value].
func (u *userIDs) Set(text string) error {
	id, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return errors.New("write a number")
	}
	*u = userIDs{int(id)}
	return nil
}

// String implements [flag.Value].
func (u *userIDs) String() string {
	if len(*u) == 0 {
		return ""
	}
	return strconv.Itoa((*u)[0])
}

// parse reads what is allowed. A path of a URL that is wrong is not proposed: what is below it may be another's.
func (o *agentOptions) parse() error {
	for _, text := range o.urls {
		rule, err := agent.ParseRule(text)
		_, _, fault := parseTarget(text)
		switch {
		case fault != nil && (err != nil || !fault.settled):
			fault.flag = "--allow"
			return fault
		case err != nil:
			whole := "https://" + text
			if _, stillWrong := agent.ParseRule(whole); stillWrong != nil {
				whole = ""
			}
			return &targetError{why: err.Error(), meant: whole, flag: "--allow"}
		}
		o.allow = append(o.allow, rule)
	}
	return nil
}

// textsOf are the rules as they are shown.
func textsOf(rules []agent.Rule) (texts []string) {
	for _, rule := range rules {
		texts = append(texts, rule.String())
	}
	return texts
}

// flags returns the flags, which set the options.
func (o *agentOptions) flags() (flags []cli.Flag) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.Var(&o.urls, "allow", "give credentials for this `URL`, or what is below it")
	set.BoolVar(&o.confirm, "confirm", false, "ask before a host is first given credentials for")
	set.Var((*period)(&o.lifetime), "for", "end after this `TIME`: 30m, 8h")
	set.BoolVar(&o.given, "given", false, "also give passwords that were typed")
	set.StringVar(&o.log, "log", "", "write a line about each answer to this `FILE` instead of standard error")
	set.Var(&o.users, "uid", "also answer the user with this `ID`")
	set.BoolVar(&o.install, "install", false, "write what the system needs to start it, and start nothing")
	set.BoolVar(&o.stdio, "stdio", false, "serve a pipe")
	for _, one := range genericFlags(set) {
		flags = append(flags, globalFlag{one})
	}
	return flags
}

// agentCommand is the one that serves others.
func (p *program) agentCommand() *cli.Command {
	options := &agentOptions{}
	return &cli.Command{
		Name: "agent", ArgsUsage: "[SOCKET | COMMAND...]", Flags: options.flags(),
		Usage: "let git in containers and on other machines use the sign-ins here",
		Description: "Answers at a Unix socket, for the URLs that are allowed and for nothing else,\n" +
			"until it is ended. Inside, git asks there, and keeps nothing, after\n" +
			"git config --global credential.helper 'grant --via SOCKET'.\n\n" +
			"With --stdio the requests come through standard input, or from the COMMAND\n" +
			"that is run. Without --allow, agent --stdio SOCKET is the other end of that\n" +
			"pipe: a socket inside. See docs/agent.md.\n\n" +
			"Example:  git-credential-grant agent --allow 'https://bitbucket.org/acme/*' \\\n" +
			"            --for 8h ~/.agents/app.sock\n" +
			"          git-credential-grant agent --allow https://bitbucket.org --stdio \\\n" +
			"            docker exec -i app \\\n" +
			"            git-credential-grant agent --stdio /run/grant/agent.sock",
		Action: func(c *cli.Context) error {
			options.arguments = c.Args().Slice()
			if err := cmp.Or(options.parse(), options.check()); err != nil {
				return misused(c, err)
			}
			ctx, stop := untilSignal(c) // which is how its work ends
			defer stop()
			return p.agent(ctx, c, options)
		},
	}
}

// check fails for flags that do not go together.
func (o *agentOptions) check() error {
	switch {
	case o.stdio && len(o.allow) == 0 && len(o.arguments) == 1:
		return nil
	case len(o.allow) == 0:
		return errors.New("nothing is allowed: name the URLs with --allow")
	case !o.stdio && len(o.arguments) > 1:
		return errors.New("more than one socket")
	case o.install && (o.stdio || o.lifetime != 0 || o.confirm):
		return errors.New("--install goes with none of --stdio, --for and --confirm")
	}
	return nil
}

// agent serves, or is one end of a pipe, or has itself started by the system.
func (p *program) agent(ctx context.Context, c *cli.Context, o *agentOptions) error {
	if o.lifetime != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.lifetime)
		defer cancel()
	}
	socket, err := o.socket()
	switch {
	case err != nil:
		return err
	case len(o.allow) == 0:
		return p.relay(ctx, socket)
	case p.options.via != "":
		return p.options.here()
	case o.install:
		return p.installAgent(o, socket)
	}
	responder, err := p.newResponder(ctx, c, o, socket)
	if err != nil {
		return err
	}
	defer responder.close()
	if o.stdio {
		return responder.overPipe(ctx, o.arguments)
	}
	return responder.atSocket(ctx, socket)
}

// socket is the path that is named, or the usual one.
func (o *agentOptions) socket() (string, error) {
	if len(o.arguments) > 0 {
		return filepath.Abs(o.arguments[0])
	}
	dir, err := agent.Directory()
	return filepath.Join(dir, "agent.sock"), err
}

// name is what whoever is inside is called: the file of the socket without its ending, or the command that is run.
func (o *agentOptions) name(socket string) string {
	switch {
	case !o.stdio:
		return strings.TrimSuffix(filepath.Base(socket), filepath.Ext(socket))
	case len(o.arguments) > 0:
		return strings.Join(o.arguments[:min(len(o.arguments), 4)], " ")
	}
	return "standard input"
}

// atSocket serves a socket: the one that systemd hands over, or its own.
func (r *responder) atSocket(ctx context.Context, path string) error {
	shared := len(r.agent.Users) > 0
	listener, err := agent.Activated(shared)
	if listener == nil && err == nil {
		listener, err = agent.Listen(path, shared)
	}
	if err != nil {
		return err
	}
	path = listener.Addr().String()
	allow := textsOf(r.agent.Allow)
	running := agent.Running{Socket: path, Allow: allow}
	running.Until, _ = ctx.Deadline()
	withdraw, err := agent.Announce(running)
	if err != nil {
		r.voice.tell("status will not show this agent: " + err.Error())
	} else {
		defer withdraw()
	}
	r.voice.tell("serving " + strings.Join(allow, ", ") + until(running.Until))
	r.voice.hint("inside: git config --global credential.helper 'grant --via " + path + "'")
	return r.agent.Serve(ctx, listener)
}

// overPipe serves standard input and output, or those of a command.
func (r *responder) overPipe(ctx context.Context, command []string) error {
	if len(command) == 0 {
		return endOf(ctx, func() error { return r.agent.ServePipe(ctx, pipe{os.Stdin, os.Stdout}) })
	}
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Stderr = os.Stderr
	to, err := child.StdinPipe()
	if err != nil {
		return err
	}
	from, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	err = endOf(ctx, func() error { return r.agent.ServePipe(ctx, pipe{from, to}) })
	to.Close()
	if ended := child.Wait(); err == nil && ctx.Err() == nil && ended != nil {
		return fmt.Errorf("%w: %s: %w", errPeerEnded, command[0], ended)
	}
	return err
}

// endOf waits for what reads a pipe, but not when ctx ends: nothing else ends that.
func endOf(ctx context.Context, serve func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// pipe is one in two directions.
type pipe struct {
	io.Reader
	io.Writer
}

// relay is a socket here and standard input and output, at whose other end an agent is.
func (p *program) relay(ctx context.Context, path string) error {
	listener, err := agent.Listen(path, false)
	if err != nil {
		return err
	}
	p.voice.tell("passing on to the other end what comes to " + path)
	return (&agent.Relay{Pipe: pipe{os.Stdin, os.Stdout}}).Serve(ctx, listener)
}
