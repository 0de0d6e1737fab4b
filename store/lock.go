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
	path, err := d.makeLock(name)
	if err != nil {
		return nil, err
	}
	lock := flock.New(path)
	for {
		// ctx is about waiting: a free lock is taken, however slow the machine is.
		switch locked, err := lock.TryLock(); {
		case err != nil && keepsNothing(noPlace(err)):
			return nil, noPlace(err)
		case err != nil:
			return nil, fmt.Errorf("%w: %s: %v", ErrNoLocks, path, err)
		case locked:
			return func() { lock.Close() }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", path, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// makeLock returns the path of a lock's file, which is made where that is not done by locking it.
func (d directory) makeLock(name string) (path string, err error) {
	if err := d.create(); err != nil {
		return "", err
	}
	locks := d.locks()
	if err := locks.create(); err != nil {
		return "", err
	}
	path = locks.join(name)
	if _, err = locks.regular(path); errors.Is(err, fs.ErrNotExist) {
		err = noPlace(locks.makeFor(path))
	}
	return path, err
}

// acquireForWrite is acquire for the short time of a write. However many wait,
// it fails only if one process has held the lock for too long.
func (d directory) acquireForWrite(ctx context.Context, name string) (release func(), err error) {
	name += ".write"
	path := d.locks().join(name)
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
