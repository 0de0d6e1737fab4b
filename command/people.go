package command

import (
	"context"

	"github.com/urfave/cli/v2"
)

// people are the commands that a person types. They take the global flags too, before or after their names.
func (p *program) people() []*cli.Command {
	commands := []*cli.Command{
		p.setupCommand(), p.configureCommand(), p.unconfigureCommand(), p.registerCommand(), p.loginCommand(), p.logoutCommand(),
		p.statusCommand(), p.tokenCommand(), p.doctorCommand(),
	}
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

// An action is what a command does for a session.
type action func(*session, context.Context, *cli.Context) error

// An opening is how a command comes by its session.
type opening func(context.Context, *cli.Context, asking) (*session, error)

// on makes an action that of a command.
func (p *program) on(open opening, asking asking, do action) cli.ActionFunc {
	return interruptible(func(ctx context.Context, c *cli.Context) error {
		s, err := open(ctx, c, asking)
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
