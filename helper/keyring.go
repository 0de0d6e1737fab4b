package helper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A Keyring keeps one item for each key. The item of the key [Origin.String] holds the origin's [Record].
type Keyring interface {
	// Get returns the item, or an error that wraps [fs.ErrNotExist] if there is none.
	Get(ctx context.Context, key string) ([]byte, error)
	// Update replaces the item by what change makes of it, with no other process in between. A missing item is
	// nil, and nil forgets it. An error of change is returned, and then nothing is written.
	Update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error
	// Lock keeps other processes from renewing or signing in at the same time. It does not hinder Update.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// load reads the record of an origin; one that is not there is empty.
func (h *Helper) load(ctx context.Context, origin Origin) (*Record, error) {
	data, err := h.Keyring.Get(ctx, origin.String())
	if errors.Is(err, fs.ErrNotExist) {
		return &Record{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the record of %s: %w", origin, err)
	}
	record, err := decodeRecord(data)
	if err == nil && h.SignInsOnly {
		record.Accounts = slices.DeleteFunc(record.Accounts, func(a *Account) bool { return a.Given != nil })
	}
	return record, err
}

// update changes the record of an origin.
func (h *Helper) update(ctx context.Context, origin Origin, change func(*Record)) error {
	err := h.Keyring.Update(ctx, origin.String(), func(old []byte) ([]byte, error) {
		record, err := decodeRecord(old)
		if err != nil {
			return nil, err
		}
		change(record)
		return record.encode()
	})
	if err != nil {
		return fmt.Errorf("writing the record of %s: %w", origin, err)
	}
	return nil
}

// Stored returns those of the origins that have a record.
func (h *Helper) Stored(ctx context.Context, origins ...Origin) (stored []Origin, err error) {
	for _, origin := range origins {
		_, err := h.Keyring.Get(ctx, origin.String())
		switch {
		case err == nil:
			stored = append(stored, origin)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return stored, nil
}

// Origins returns the origins that have a record, of all keys of a keyring.
func Origins(keys []string) []Origin {
	var origins []Origin
	for _, key := range keys {
		if !strings.HasPrefix(key, clientPrefix) {
			origins = append(origins, ParseOrigin(key))
		}
	}
	return origins
}
