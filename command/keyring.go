package command

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// A tracedKeyring traces what is asked of the keyring, and never what it holds.
type tracedKeyring struct {
	*store.Store
	trace func(format string, args ...any)
}

// Get implements [helper.Keyring].
func (k tracedKeyring) Get(ctx context.Context, origin string) ([]byte, error) {
	began := time.Now()
	data, err := k.Store.Get(ctx, origin)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.trace("read the record of %s in %s: nothing is stored (%v)", origin, k.backend(ctx, origin), since(began))
	case err != nil:
		k.trace("read the record of %s: %v (%v)", origin, err, since(began))
	default:
		k.trace("read the record of %s in %s: %d bytes (%v)", origin, k.backend(ctx, origin), len(data), since(began))
	}
	return data, err
}

// Update implements [helper.Keyring].
func (k tracedKeyring) Update(ctx context.Context, origin string, change func([]byte) ([]byte, error)) error {
	began := time.Now()
	err := k.Store.Update(ctx, origin, change)
	if err != nil {
		k.trace("changing the record of %s: %v (%v)", origin, err, since(began))
	} else {
		k.trace("changed the record of %s in %s (%v)", origin, k.backend(ctx, origin), since(began))
	}
	return err
}

// backend names the keyring that has what was just asked for, or would have it, and says why it is this one.
func (k tracedKeyring) backend(ctx context.Context, key string) string {
	name, reason, err := k.Backend(ctx)
	if holder := k.Holder(key); holder != "" && holder != name {
		return "the store " + holder
	}
	if err != nil {
		return "the keyring"
	}
	return "the store " + name + " (" + reason + ")"
}

func since(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Microsecond) }

// A failedOnce is a keyring that is not asked again after it has failed: each time would take as long.
type failedOnce struct {
	helper.Keyring
	err *error
}

// Get implements [helper.Keyring].
func (k failedOnce) Get(ctx context.Context, key string) ([]byte, error) {
	if *k.err != nil {
		return nil, *k.err
	}
	data, err := k.Keyring.Get(ctx, key)
	if errors.Is(err, store.ErrTimeout) || errors.Is(err, store.ErrLocked) {
		*k.err = err
	}
	return data, err
}

// traced is a keyring that traces what it is asked, if somebody wants to know.
func (s *session) traced(keyring *store.Store) helper.Keyring {
	if trace := s.voice.tracer(); trace != nil {
		return tracedKeyring{keyring, trace}
	}
	return keyring
}
