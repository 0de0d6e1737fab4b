package command

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// defaultTarget is what a command is about when nobody says, and not exactly one host is signed in.
const defaultTarget = "https://bitbucket.org"

// people are the commands that a person types. They take the global flags too, before or after their names.
func (p *program) people() []*cli.Command {
	commands := []*cli.Command{
		{
			Name: "configure", ArgsUsage: "[URL...]", Action: p.personal(p.configure),
			Usage: "make git ask this helper first, for these hosts alone",
			Description: "Writes two lines for each URL into the global git config: an empty credential.<URL>.helper, which takes\n" +
				"back the helpers before it, and this one with the flags that are given. Lines of other helpers stay.\n\n" +
				"Example:  git-credential-grant configure --store file https://bitbucket.org",
		},
		{
			Name: "unconfigure", ArgsUsage: "[URL...]", Action: p.personal(p.unconfigure),
			Usage: "take away what configure has written",
			Description: "Removes this helper's own lines for each URL from the global git config, and nothing else.\n\n" +
				"Example:  git-credential-grant unconfigure https://bitbucket.org",
		},
		{
			Name: "register", ArgsUsage: "[URL]", Action: p.personal(p.register),
			Usage: "take in the OAuth client that signs in to a host",
			Description: "Says where to create an OAuth client, and asks for its id and secret (Bitbucket: key and secret) on the\n" +
				"terminal, where they are not shown. It tries them if the forge allows that, and keeps them in the keyring.\n" +
				"A registered client comes before one in git config.\n\n" +
				"Example:  git-credential-grant register https://bitbucket.org\n" +
				"          git-credential-grant register --client-id KEY --client-secret-stdin <secret-file",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "client-id", Usage: "the client's `ID`, instead of asking"},
				&cli.BoolFlag{Name: "client-secret-stdin", Usage: "read the secret from standard input, instead of asking"},
				&cli.BoolFlag{Name: "public", Usage: "the client has no secret; ask for none"},
				&cli.BoolFlag{Name: "forget", Usage: "take the registered client out of the keyring"},
			},
		},
		{
			Name: "login", ArgsUsage: "[URL]", Action: p.personal(p.login),
			Usage: "sign in now, whatever is stored",
			Description: "A name in the URL says which account is meant. It also ends the pause after a sign-in that failed.\n\n" +
				"Example:  git-credential-grant login https://alice@bitbucket.org",
		},
		{
			Name: "logout", ArgsUsage: "[URL]", Action: p.personal(p.logout),
			Usage: "revoke and forget what is stored for a host",
			Description: "Forgets sign-ins and passwords, and has the server revoke the tokens where it can. A name in the URL\n" +
				"says which account is meant. A registered OAuth client stays; see register --forget.\n\n" +
				"Example:  git-credential-grant logout https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "everywhere"}},
		},
		{
			Name: "status", ArgsUsage: "[URL]", Action: p.personal(p.status),
			Usage: "list the sign-ins, without secrets",
			Description: "With a URL the exit status is 1 if there is no usable sign-in.\n\n" +
				"Example:  git-credential-grant status\n" +
				"          git-credential-grant status --json https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "write JSON, with names that stay (see the manual page)"}},
		},
		{
			Name: "token", ArgsUsage: "[URL]", Action: p.personal(p.token),
			Usage: "print a live access token, renewed if needed",
			Description: "Nothing else goes to standard output. It asks nobody: without a sign-in the exit status is 1.\n\n" +
				"Example:  printf 'Authorization: Bearer %s' \"$(git-credential-grant token)\" |\n" +
				"            curl -H @- https://api.bitbucket.org/2.0/user",
		},
		{
			Name: "doctor", ArgsUsage: "[URL]", Action: p.personal(p.doctor),
			Usage: "look for what is wrong, and say what mends it",
			Description: "Looks at git and its config, other helpers, the keyring, the browser, the server and the clock, and\n" +
				"changes nothing. The exit status is 1 if there is a problem.\n\n" +
				"Example:  git-credential-grant doctor https://bitbucket.org",
		},
	}
	for _, command := range commands {
		command.Category = "for people"
		command.HideHelpCommand = true
		command.OnUsageError = p.usageError
		command.Flags = append(command.Flags, repeated(p.global)...)
	}
	return commands
}

// personal wraps what a command does.
func (p *program) personal(do func(context.Context, *cli.Context) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		ctx, stop := signal.NotifyContext(c.Context, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		return do(ctx, c)
	}
}

// misused is the error of a command that was called in a wrong way.
func (p *program) misused(c *cli.Context, err error) error { return p.usageError(c, err, true) }

// sessionAbout is the session about a URL or a host.
func (p *program) sessionAbout(c *cli.Context, target string) (*session, error) {
	request, path, err := helper.ParseTarget(target)
	if err != nil {
		return nil, p.misused(c, err)
	}
	// Whatever repository the person stands in has no say.
	git := gitconfig.Git{Outside: true}
	if err := p.adoptFlags(c.Context, git, request.URL()); err != nil {
		return nil, err
	}
	s, err := p.session(request, git)
	if err == nil {
		p.account = request.Attributes.Get("username")
		s.path = path
		s.settleProtocol(c.Context, target)
	}
	return s, err
}

// settleProtocol makes the session one about http where a person has named a host alone, and there is something of that
// protocol and nothing of https; or nothing at all, on this machine. It is the name that status shows.
func (s *session) settleProtocol(ctx context.Context, target string) {
	if strings.Contains(target, "://") {
		return
	}
	plain := helper.ParseOrigin("http://" + s.origin.Host())
	origins, err := s.helper().Stored(ctx, s.origin, plain)
	switch {
	case err != nil: // It is said where it matters.
	case len(origins) == 1 && origins[0] == plain, len(origins) == 0 && plain.MayHaveToken():
		account, named := s.request.Attributes.Lookup("username")
		s.about(plain)
		if named {
			s.request.Attributes.Set("username", account)
		}
		s.forgetSettings()
	}
}

// namedSession is the session about the one URL that a command names, or else about Bitbucket.
func (p *program) namedSession(c *cli.Context) (*session, error) {
	switch c.NArg() {
	case 0:
		return p.sessionAbout(c, defaultTarget)
	case 1:
		return p.sessionAbout(c, c.Args().First())
	}
	return nil, p.misused(c, errors.New("more than one URL"))
}

// targetSession is namedSession, but without a URL it is about the only host that is signed in, if it is one.
func (p *program) targetSession(ctx context.Context, c *cli.Context) (*session, error) {
	s, err := p.namedSession(c)
	if err != nil || c.Args().Present() {
		return s, err
	}
	signIns, err := s.signIns(ctx)
	if err != nil {
		return nil, err
	}
	s.aboutOnly(signIns)
	return s, nil
}

// aboutOnly makes the host of sign-ins what the session is about, if they are all at one.
func (s *session) aboutOnly(signIns []signIn) {
	for _, one := range signIns {
		if one.URL != signIns[0].URL {
			return
		}
	}
	if len(signIns) > 0 {
		s.about(helper.ParseOrigin(signIns[0].URL))
	}
}

// about makes an origin what the session is about.
func (s *session) about(origin helper.Origin) {
	s.request, s.origin = helper.RequestOf(origin), origin
	s.forgetSettings()
}
