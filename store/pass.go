package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"git-credential-grant/internal/printable"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pass keeps items below git-credential-grant/ in the user's own password store: https://www.passwordstore.org
type pass struct {
	opts Options
	dir  string // of the password store
	user user   // whose that is
}

// passItem is the text of an item, in the form of 99designs/keyring.
type passItem struct {
	Key, Label string
	Data       []byte
}

func newPass(s *Store) (backend, error) {
	if _, err := exec.LookPath("pass"); err != nil {
		return nil, fmt.Errorf("%w: the program pass is not installed", ErrUnavailable)
	}
	dir := os.Getenv("PASSWORD_STORE_DIR")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrUnavailable, err)
		}
		dir = filepath.Join(home, ".password-store")
	}
	return keyed{&pass{s.opts, dir, directory{home: dir}.owner()}}, nil
}

func (p *pass) get(ctx context.Context, it item) ([]byte, error) {
	if err := p.look(it); err != nil {
		return nil, err
	}
	text, err := p.run(ctx, nil, "show", p.name(it))
	if err != nil {
		return nil, err
	}
	var stored passItem
	if json.Unmarshal(text, &stored) != nil {
		return nil, fmt.Errorf("%w: %s is damaged", ErrUnavailable, p.name(it))
	}
	return stored.Data, nil
}

func (p *pass) set(ctx context.Context, it item, value []byte) error {
	text, err := json.Marshal(passItem{it.name, it.label, value})
	if err != nil {
		return err
	}
	_, err = p.run(ctx, text, "insert", "--multiline", "--force", p.name(it))
	return err
}

func (p *pass) remove(ctx context.Context, it item) error {
	if err := p.look(it); err != nil {
		return err
	}
	_, err := p.run(ctx, nil, "rm", "--force", p.name(it))
	return err
}

func (p *pass) names(context.Context) ([]string, error) {
	names, err := namesIn(filepath.Join(p.dir, application), ".gpg")
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
	return names, nil
}

func (p *pass) name(it item) string { return application + "/" + it.name }

// look returns fs.ErrNotExist if that is what the system says. The program has one exit status for all its errors.
func (p *pass) look(it item) error {
	_, err := os.Stat(filepath.Join(p.dir, p.name(it)+".gpg"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case err != nil:
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
	return nil
}

// run has the program do something, and ends it when it takes too long.
func (p *pass) run(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	defer p.turn(ctx)()
	ctx, cancel := slow.limit(ctx, p.opts.Interactive)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, "pass", args...)
	command.Env = append(os.Environ(), "PASSWORD_STORE_DIR="+p.dir)
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	p.user.runAs(command)                      // or gpg and git would leave files of root's in a person's home
	command.WaitDelay = 100 * time.Millisecond // gpg may live on
	err := command.Run()
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, printable.Line(cmp.Or(lines[len(lines)-1], err.Error())))
	}
	return stdout.Bytes(), nil
}

// turn waits until no other of our processes runs pass, and returns what lets
// the next one. gpg's agent has no memory for some dozens at once, and gpg then
// says that there is no secret key; and of several commits at once, in a
// password store under git, all but one fail. Where there are no locks, or
// somebody takes too long, it is better to try than to give up.
func (p *pass) turn(ctx context.Context) (done func()) {
	done, err := p.opts.directory().acquireForWrite(ctx, "pass")
	if err != nil {
		return func() {}
	}
	return done
}
