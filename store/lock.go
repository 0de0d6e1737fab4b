package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	// A write takes milliseconds; 64 processes queueing for a slow keyring
	// are done in this time.
	writeLockLimit = 30 * time.Second
	lockPoll       = 20 * time.Millisecond
)

// acquire locks a file of the directory against all others, in this process too,
// and waits for that until ctx ends. The system frees the lock of a process that
// dies. The file stays: deleting it would let two processes lock two files of
// one name.
func (d directory) acquire(ctx context.Context, name string) (release func(), err error) {
	locks := d.join("locks")
	if err := d.create(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(locks, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(locks, name))
	if _, err := regular(lock.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	switch _, err := lock.TryLockContext(ctx, lockPoll); {
	case err == nil:
		return func() { lock.Close() }, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("waiting for %s: %w", lock.Path(), err)
	default:
		return nil, fmt.Errorf("%w: %s: %v", ErrNoLocks, lock.Path(), err)
	}
}

// acquireForWrite is acquire for the short time of a write.
func (d directory) acquireForWrite(ctx context.Context, name string) (release func(), err error) {
	limited, cancel := context.WithTimeout(ctx, writeLockLimit)
	defer cancel()
	release, err = d.acquire(limited, name+".write")
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w, and has held %s for %v", ErrBusy, d.join("locks/"+name+".write"), writeLockLimit)
	}
	return release, err
}
