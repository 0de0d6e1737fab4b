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

// acquire locks a file below dir against all others, in this process too, and
// waits for that until ctx ends. The system frees the lock of a process that
// dies. The file stays: deleting it would let two processes lock two files of
// one name.
func acquire(ctx context.Context, dir, name string) (release func(), err error) {
	locks := filepath.Join(dir, "locks")
	if err := makePrivateDir(dir); err != nil {
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
func acquireForWrite(ctx context.Context, dir, name string) (release func(), err error) {
	limited, cancel := context.WithTimeout(ctx, writeLockLimit)
	defer cancel()
	release, err = acquire(limited, dir, name+".write")
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w, and has held %s for %v", ErrBusy, filepath.Join(dir, "locks", name+".write"), writeLockLimit)
	}
	return release, err
}
