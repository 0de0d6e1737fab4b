//go:build darwin || windows

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/99designs/keyring"
)

// ring is the keyring of macOS or Windows, by 99designs/keyring.
type ring struct {
	interactive func() bool
	open        func() (keyring.Keyring, error)
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

func (r *ring) get(ctx context.Context, it item) ([]byte, error) {
	found, err := call(ctx, r, func(k keyring.Keyring) (keyring.Item, error) {
		return k.Get(it.name)
	})
	return found.Data, err
}

func (r *ring) set(ctx context.Context, it item, value []byte) error {
	_, err := call(ctx, r, func(k keyring.Keyring) (struct{}, error) {
		return struct{}{}, k.Set(keyring.Item{Key: it.name, Label: it.label, Data: value})
	})
	return err
}

func (r *ring) remove(ctx context.Context, it item) error {
	_, err := call(ctx, r, func(k keyring.Keyring) (struct{}, error) {
		return struct{}{}, k.Remove(it.name)
	})
	return err
}

func (r *ring) names(ctx context.Context) ([]string, error) {
	return call(ctx, r, keyring.Keyring.Keys)
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
	default:
		return value, fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
}
