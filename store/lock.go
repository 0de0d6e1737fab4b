package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	// A write takes milliseconds, and seconds on a slow keyring.
	writeLockLimit = 30 * time.Second
	lockPoll       = 20 * time.Millisecond
)

// acquire locks a file of the directory against all others, in this process too,
// and waits for that until ctx ends. The system frees the lock of a process that
// dies. The file stays: deleting it would let two processes lock two files of
// one name.
func (d directory) acquire(ctx context.Context, name string) (release func(), err error) {
	if err := d.create(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.join("locks"), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(d.lockPath(name))
	if _, err := regular(lock.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for {
		// ctx is about waiting: a free lock is taken, however slow the machine is.
		switch locked, err := lock.TryLock(); {
		case err != nil:
			return nil, fmt.Errorf("%w: %s: %v", ErrNoLocks, lock.Path(), err)
		case locked:
			return func() { lock.Close() }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", lock.Path(), ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

func (d directory) lockPath(name string) string { return d.join("locks/" + name) }

// acquireForWrite is acquire for the short time of a write. However many wait,
// it fails only if one process has held the lock for too long.
func (d directory) acquireForWrite(ctx context.Context, name string) (release func(), err error) {
	name += ".write"
	path := d.lockPath(name)
	for {
		limited, cancel := context.WithTimeout(ctx, writeLockLimit)
		release, err := d.acquire(limited, name)
		cancel()
		switch {
		case err == nil:
			now := time.Now()
			os.Chtimes(path, now, now) // the holder's beginning
			return release, nil
		case !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
			return nil, err
		}
		if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) >= writeLockLimit {
			return nil, fmt.Errorf("%w, and has held %s for %v", ErrBusy, path, writeLockLimit)
		}
	}
}
