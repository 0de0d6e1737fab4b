package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// pass keeps items below git-credential-grant/ in the user's own password store: https://www.passwordstore.org
type pass struct {
	interactive func() bool
	dir         string // of the password store
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
	return labelled{&pass{s.opts.Interactive, dir}}, nil
}

func (p *pass) get(ctx context.Context, it item) ([]byte, error) {
	if err := p.look(it); err != nil {
		return nil, err
	}
	text, err := p.show(ctx, it)
	if err != nil {
		return nil, err
	}
	var stored passItem
	if json.Unmarshal(text, &stored) != nil {
		return nil, fmt.Errorf("%w: %s is damaged", ErrUnavailable, p.name(it))
	}
	return stored.Data, nil
}

// errAgent: gpg says that there is no secret key, without having asked anybody for a passphrase.
var errAgent = fmt.Errorf("%w: gpg gets no secret key from its agent", ErrUnavailable)

// show tries again where gpg gets no key and has asked nobody, which happens when some dozens decrypt at once.
func (p *pass) show(ctx context.Context, it item) (text []byte, err error) {
	for try := range 4 {
		time.Sleep(time.Duration(try) * rand.N(100*time.Millisecond))
		text, err = p.run(ctx, nil, "show", p.name(it))
		if !errors.Is(err, errAgent) {
			break
		}
	}
	return text, err
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

func (p *pass) names(context.Context) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, application))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
	for _, entry := range entries {
		if name, isItem := strings.CutSuffix(entry.Name(), ".gpg"); isItem {
			names = append(names, name)
		}
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
	ctx, cancel := slow.limit(ctx, p.interactive)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, "pass", args...)
	command.Env = append(os.Environ(), "PASSWORD_STORE_DIR="+p.dir,
		"PASSWORD_STORE_GPG_OPTS="+os.Getenv("PASSWORD_STORE_GPG_OPTS")+" --status-fd=2")
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	command.WaitDelay = 100 * time.Millisecond // gpg may live on
	err := command.Run()
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, passError(stderr.String(), err)
	}
	return stdout.Bytes(), nil
}

// passError makes an error of what pass and gpg have to say. Some of it is for programs, in any language the same:
// https://git.gnupg.org/cgi-bin/gitweb.cgi?p=gnupg.git;a=blob_plain;f=doc/DETAILS
func passError(stderr string, err error) error {
	const status = "[GNUPG:] "
	if strings.Contains(stderr, status+"DECRYPTION_FAILED") && !strings.Contains(stderr, status+"PINENTRY_LAUNCHED") {
		return errAgent
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(stderr), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, status)
	})
	if len(lines) == 0 {
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, printable(lines[len(lines)-1]))
}
