package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/99designs/keyring"
)

// slow is the patience with a keyring that asks the person for a password by
// itself, and may start programs to do its work.
var slow = patience{alone: 5 * time.Second, attended: time.Minute}

// ring is a backend of 99designs/keyring.
type ring struct {
	interactive func() bool
	open        func() (keyring.Keyring, error)
	// confirm, if not nil, is asked whether an item that the library does not
	// find is really not there.
	confirm func(name string) error
	max     int    // the size of the largest value, 0 if there is no limit
	prefix  string // of names, where all programs share one namespace
}

// newRing returns the one backend that config names. Left to choose, the
// library would try others, and hide why.
func newRing(s *Store, name keyring.BackendType, config keyring.Config) *ring {
	config.AllowedBackends = []keyring.BackendType{name}
	return &ring{
		interactive: s.opts.Interactive,
		open: sync.OnceValues(func() (keyring.Keyring, error) {
			return keyring.Open(config)
		}),
	}
}

func newKeychain(s *Store) (backend, error) {
	return labelled{newRing(s, keyring.KeychainBackend, keyring.Config{
		ServiceName:              application,
		KeychainTrustApplication: true,
	})}, nil
}

func hasKeychain() bool {
	return slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend)
}

// A credential of Windows holds CRED_MAX_CREDENTIAL_BLOB_SIZE bytes:
// https://learn.microsoft.com/en-us/windows/win32/api/wincred/ns-wincred-credentialw
const wincredLimit = 5 * 512

func newWincred(s *Store) (backend, error) {
	r := newRing(s, keyring.WinCredBackend, keyring.Config{
		ServiceName:   "credentials",
		WinCredPrefix: application,
	})
	return labelled{&splitter{r, wincredLimit}}, nil
}

// The payload of a key of type "user" is limited: https://man7.org/linux/man-pages/man7/keyrings.7.html
const keyctlLimit = 32767

func newKeyctl(s *Store) (backend, error) {
	r := newRing(s, keyring.KeyCtlBackend, keyring.Config{
		KeyCtlScope: "user",
		// Everything for the user, with or without a session keyring that
		// possesses the key: cron and ssh may have another one.
		KeyCtlPerm: 0x3f3f0000,
	})
	r.max = keyctlLimit
	r.prefix = application + ":"
	return labelled{r}, nil
}

func (r *ring) get(ctx context.Context, it item) ([]byte, error) {
	found, err := call(ctx, r, func(k keyring.Keyring) (keyring.Item, error) {
		return k.Get(r.prefix + it.name)
	})
	if err == fs.ErrNotExist && r.confirm != nil {
		err = r.confirm(it.name)
	}
	return found.Data, err
}

func (r *ring) set(ctx context.Context, it item, value []byte) error {
	if r.max > 0 && len(value) > r.max {
		return fmt.Errorf("%d bytes are %w, which takes %d", len(value), ErrTooLarge, r.max)
	}
	_, err := call(ctx, r, func(k keyring.Keyring) (struct{}, error) {
		return struct{}{}, k.Set(keyring.Item{Key: r.prefix + it.name, Label: it.label, Data: value})
	})
	return err
}

func (r *ring) remove(ctx context.Context, it item) error {
	_, err := call(ctx, r, func(k keyring.Keyring) (struct{}, error) {
		return struct{}{}, k.Remove(r.prefix + it.name)
	})
	return err
}

// call runs f within a limit, since the library knows none, and translates
// its errors.
func call[T any](ctx context.Context, r *ring, f func(keyring.Keyring) (T, error)) (T, error) {
	ctx, cancel := slow.limit(ctx, r.interactive)
	defer cancel()
	value, err := within(ctx, func() (value T, err error) {
		k, err := r.open()
		if err != nil {
			return value, err
		}
		return f(k)
	})
	switch {
	case err == nil:
		return value, nil
	case ctx.Err() != nil:
		return value, context.Cause(ctx)
	case errors.Is(err, keyring.ErrKeyNotFound):
		return value, fs.ErrNotExist
	case isFull(err):
		return value, fmt.Errorf("%w: %v", ErrTooLarge, err)
	default:
		return value, fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
}
