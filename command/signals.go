package command

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"
)

// endings are the signals that ask a program to end: Ctrl-C and its like. A hang-up that nohup(1) has had ignored stays so.
func endings() []os.Signal {
	asked := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		asked = append(asked, syscall.SIGHUP)
	}
	return asked
}

// survivePipe has a write fail where the reader has gone away, which otherwise ends the program: it must not, between the
// server's answer and the keyring, or while an agent answers others than the one who read its log.
func survivePipe() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// An interruption is how a command ends that a signal has asked to, whatever it had still done by then.
type interruption struct{ by syscall.Signal }

func (i interruption) Error() string { return "ended by a signal: " + i.by.String() }

// untilSignal returns the context of a command, which Ctrl-C and its like end, and not the process. Its cause is then an
// interruption.
func untilSignal(c *cli.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(c.Context)
	received := make(chan os.Signal, 1)
	signal.Notify(received, endings()...)
	survivePipe()
	go func() {
		select {
		case by := <-received:
			cancel(interruption{by.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(received)
		cancel(nil)
	}
}

// interruptible makes what may be ended by a signal that of a command.
func interruptible(do func(context.Context, *cli.Context) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		ctx, stop := untilSignal(c)
		defer stop()
		err := do(ctx, c)
		if by, interrupted := errors.AsType[interruption](context.Cause(ctx)); interrupted {
			return by
		}
		return err
	}
}

// signals are those that end a request of git: the context of it, and not the process, once they are heeded.
type signals struct {
	cancel context.CancelCauseFunc // nil where they are heeded by another
	once   sync.Once
}

// heed lets Ctrl-C and its like end the context of the request, and not the process: from now on there may be an
// answer of a server to keep, a prompt to take back, or a listener to close. It takes a fifth of the time of a get, so
// one that only reads does without; and a write is whole or not there whatever ends the process.
func (s *signals) heed() {
	if s.cancel == nil {
		return
	}
	s.once.Do(func() {
		ended, _ := signal.NotifyContext(context.Background(), endings()...)
		context.AfterFunc(ended, func() { s.cancel(context.Cause(ended)) })
		survivePipe()
	})
}
