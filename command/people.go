package command

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"
)

// people are the commands that a person types. They take the global flags too, before or after their names.
func (p *program) people() []*cli.Command {
	commands := slices.Concat(p.settingUp(), p.signingIn(), p.telling())
	for _, command := range commands {
		command.Before = flagsFirst
	}
	commands = append(commands, p.agentCommand())
	for _, command := range commands {
		command.Category = forPeople
		for _, flag := range p.global {
			command.Flags = append(command.Flags, flag.repeated())
		}
	}
	return commands
}

// settingUp are the commands by which git comes to ask this helper, and the helper to have a client.
func (p *program) settingUp() []*cli.Command {
	return []*cli.Command{
		{
			Name: "setup", ArgsUsage: "[URL]", Action: interruptible(p.setup),
			Usage: "do all that a host needs, in one conversation",
			Description: "Asks which forge the host is and for an OAuth client, where it has to; signs\n" +
				"you in, makes git ask this helper first, and has git look at the repository\n" +
				"if the URL names one. What is done already is left out, and nothing stays\n" +
				"half done.\n\n" +
				"Example:  git-credential-grant setup https://bitbucket.org/WORKSPACE/APP.git",
		},
		{
			Name: "configure", ArgsUsage: "[URL...]", Action: p.onEachTarget((*session).configure),
			Usage: "make git ask this helper first, for these hosts alone",
			Description: "Writes two lines for each URL into the global git config: an empty\n" +
				"credential.<URL>.helper, which takes back the helpers before it, and this one\n" +
				"with the flags that are given. Lines of other helpers stay.\n\n" +
				"Example:  git-credential-grant configure --store file https://bitbucket.org\n" +
				"          git-credential-grant configure --replace",
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "replace", Usage: "for every host, in the place of the helpers that are there; it shows the change and asks"},
				&cli.BoolFlag{Name: "yes", Usage: "with --replace: do not ask"},
			},
		},
		{
			Name: "unconfigure", ArgsUsage: "[URL...]", Action: p.onEachTarget((*session).unconfigure),
			Usage: "take away what configure has written",
			Description: "Removes this helper's own lines for each URL from the global git config, and\n" +
				"nothing else.\n\n" +
				"Example:  git-credential-grant unconfigure https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "every line of this helper, whatever host it is for"}},
		},
		{
			Name: "register", ArgsUsage: "[URL]", Action: p.on(p.target, asSet, here((*session).register)),
			Usage: "take in the OAuth client that signs in to a host",
			Description: "Says where to create an OAuth client, and asks for its id and secret\n" +
				"(Bitbucket: key and secret) on the terminal, where they are not shown. It\n" +
				"tries them if the forge allows that, and keeps them in the keyring. A\n" +
				"registered client comes before one in git config.\n\n" +
				"Example:  git-credential-grant register https://bitbucket.org\n" +
				"          git-credential-grant register --client-id KEY \\\n" +
				"            --client-secret-stdin <secret-file",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "client-id", Usage: "the client's `ID`, instead of asking"},
				&cli.BoolFlag{Name: "client-secret-stdin", Usage: "read the secret from standard input, instead of asking"},
				&cli.BoolFlag{Name: "public", Usage: "the client has no secret; ask for none"},
				&cli.BoolFlag{Name: "forget", Usage: "take the registered client out of the keyring"},
				&cli.BoolFlag{Name: "all", Usage: "with --forget: those of every host"},
			},
		},
	}
}

// signingIn are the commands that begin and end sign-ins.
func (p *program) signingIn() []*cli.Command {
	return []*cli.Command{
		{
			Name: "login", ArgsUsage: "[URL]", Action: p.on(p.target, always, here((*session).login)),
			Usage: "sign in now, whatever is stored",
			Description: "A name in the URL says which account is meant. It also ends the pause after a\n" +
				"sign-in that failed.\n\n" +
				"Example:  git-credential-grant login https://alice@bitbucket.org",
		},
		{
			Name: "logout", ArgsUsage: "[URL]", Action: p.on(p.target, asSet, here((*session).logout)),
			Usage: "revoke and forget what is stored for a host",
			Description: "Forgets sign-ins and passwords, and has the server revoke the tokens where it\n" +
				"can. A name in the URL says which account is meant. A registered OAuth client\n" +
				"stays; see register --forget.\n\n" +
				"Example:  git-credential-grant logout https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "everywhere"}},
		},
	}
}

// telling are the commands that say how it stands.
func (p *program) telling() []*cli.Command {
	return []*cli.Command{
		{
			Name: "status", ArgsUsage: "[URL]", Action: p.on(p.named, asSet, here((*session).status)),
			Usage: "list the sign-ins, without secrets",
			Description: "With a URL the exit status is 1 if there is no usable sign-in.\n\n" +
				"Example:  git-credential-grant status\n" +
				"          git-credential-grant status --json https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "write JSON, with names that stay (see the manual page)"}},
		},
		{
			Name: "token", ArgsUsage: "[URL]", Action: p.on(p.target, never, here((*session).token)),
			Usage: "print a live access token, renewed if needed",
			Description: "Nothing else goes to standard output. It asks nobody: without a sign-in the\n" +
				"exit status is 1. Ask each time; or, with --json, when expires_at comes near.\n\n" +
				"Example:  printf 'Authorization: Bearer %s' \"$(git-credential-grant token)\" |\n" +
				"            curl -H @- https://api.bitbucket.org/2.0/user\n" +
				"          git-credential-grant token --json https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{
				Name: "json", Usage: "write JSON: the token, when it expires, and whose it is (see the manual page)",
			}},
		},
		{
			Name: "doctor", ArgsUsage: "[URL]", Action: p.on(p.named, asSet, (*session).doctor),
			Usage: "look for what is wrong, and say what mends it",
			Description: "Looks at git and its config, other helpers, the keyring, the browser, the\n" +
				"server and the clock, and changes nothing. The exit status is 1 if there is a\n" +
				"problem.\n\n" +
				"Example:  git-credential-grant doctor https://bitbucket.org",
			Flags: []cli.Flag{&cli.BoolFlag{
				Name: "online", Usage: "show the forge the token, say whose it is, and have git try the repository of the URL",
			}},
		},
	}
}

// An action is what a command does for a session.
type action func(*session, context.Context, *cli.Context) error

// A finding is how a command finds out what it is about.
type finding func(context.Context, *cli.Context, asking) (*session, error)

// on makes an action that of a command.
func (p *program) on(find finding, asking asking, do action) cli.ActionFunc {
	return interruptible(func(ctx context.Context, c *cli.Context) error {
		s, err := find(ctx, c, asking)
		if err != nil {
			return err
		}
		return s.about.concerning(do(s, ctx, c))
	})
}

// here makes an action one that needs what is kept on this machine.
func here(do action) action {
	return func(s *session, ctx context.Context, c *cli.Context) error {
		if err := s.options.here(); err != nil {
			return err
		}
		return do(s, ctx, c)
	}
}

// onEachTarget makes an action that of a command about all URLs that it names, or else about Bitbucket. A wrong one is found
// before anything is done.
func (p *program) onEachTarget(do action) cli.ActionFunc {
	return interruptible(func(ctx context.Context, c *cli.Context) error {
		targets := c.Args().Slice()
		if len(targets) == 0 {
			targets = []string{defaultTarget}
		}
		var sessions []*session
		for _, target := range targets {
			s, err := p.sessionAbout(c, target, asSet)
			if err != nil {
				return err
			}
			sessions = append(sessions, s)
		}
		for _, s := range sessions {
			if err := do(s, ctx, c); err != nil {
				return s.about.concerning(err)
			}
		}
		return nil
	})
}
