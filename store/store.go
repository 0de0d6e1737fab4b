// Package store keeps small secrets in the user's keyring. It knows bytes, not
// tokens.
//
// [Open] names a backend. Everything else happens at first use: a [Store.Get]
// is one read, [Store.Update] changes one item under a lock that all processes
// heed, and [Store.Lock] is the longer lock of whoever renews an item over the
// network.
//
// A keyring that is locked, slow, hung or broken is an error, one of those
// listed under [ErrLocked]. It is never reported as nothing stored, and
// nothing is deleted because of it.
package store

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"sync"
)

// Options are the settings of a [Store]. The zero value is ready for use.
type Options struct {
	// Dir is the private directory of the file backend and of all locks. If
	// empty, it is git-credential-grant below $XDG_DATA_HOME or ~/.local/share,
	// ~/Library/Application Support on macOS, %LocalAppData% on Windows.
	Dir string
	// Passphrase is what the file backend derives its key from. If empty, the
	// key is a random one, in a file beside the records. A directory has records
	// of one kind: with a passphrase in use no key file is read or written.
	Passphrase string
	// Interactive reports whether a person is there to answer the prompt of a
	// locked keyring. It is called only when that matters, perhaps from another
	// goroutine. If nil, nobody is there.
	Interactive func() bool
	// Mended is told of each file or directory that others could read, and no
	// longer can. If nil, nobody is.
	Mended func(path string)
	// Note makes of a value what may be known without the keyring: a short text
	// that is no secret, or "". See [Store.Noted]. If nil, there are no notes.
	Note func(value []byte) string
}

// backend is what each keyring can do. get and remove return fs.ErrNotExist,
// that very value, if and only if nothing is stored. set and remove run under
// the write lock of their item.
type backend interface {
	get(ctx context.Context, it item) ([]byte, error)
	set(ctx context.Context, it item, value []byte) error
	remove(ctx context.Context, it item) error
	// keys returns the keys of all items, as far as they tell, in any order.
	keys(ctx context.Context) ([]string, error)
}

// Store is a keyring. Use [Open] to make one. Several goroutines may use it.
type Store struct {
	opts   Options
	choose chooser

	mu     sync.Mutex
	chosen choice
}

// choice is a backend in use, its name, and why it is this one.
type choice struct {
	backend
	name, reason string
}

// Open returns the store that name stands for: auto (or empty), secret-service,
// keychain, wincred, pass, keyctl or file. It does not yet talk to it.
// The error of a keyring that this system or this build lacks wraps
// [errors.ErrUnsupported].
func Open(name string, opts Options) (*Store, error) {
	choose, err := chooserOf(name)
	if err != nil {
		return nil, err
	}
	if opts.Interactive == nil {
		opts.Interactive = func() bool { return false }
	}
	if opts.Mended == nil {
		opts.Mended = func(string) {}
	}
	if opts.Note == nil {
		opts.Note = func([]byte) string { return "" }
	}
	return &Store{opts: opts, choose: choose}, nil
}

// Backend returns the name of the backend in use, and why it is this one. For
// auto that means talking to the keyring, so it can fail as [Store.Get] can.
func (s *Store) Backend(ctx context.Context) (name, reason string, err error) {
	c, err := s.backend(ctx)
	return c.name, c.reason, err
}

func (s *Store) backend(ctx context.Context) (choice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chosen.backend != nil {
		return s.chosen, nil
	}
	c, err := s.choose(ctx, s)
	if err != nil {
		return choice{}, explain(c.name, err)
	}
	s.chosen = c
	return c, nil
}

// Get returns what is stored for key, or an error that is fs.ErrNotExist if,
// and only if, nothing is.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	b, err := s.backend(ctx)
	if err != nil {
		return nil, err
	}
	value, err := b.get(ctx, newItem(key))
	return value, explain(b.name, err)
}

// Update replaces what is stored for key by what change makes of it, while
// nobody else updates it; so change must be quick. The old value is nil if
// nothing is stored; a new one that is empty deletes. An error of change is
// returned as it is, and nothing is written then, nor if the value stays the same.
func (s *Store) Update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error {
	b, err := s.backend(ctx)
	if err != nil {
		return err
	}
	it := newItem(key)
	b.prepare(ctx)
	release, err := s.acquire(ctx, it, directory.acquireForWrite)
	if err != nil {
		return explain(b.name, err)
	}
	defer release()
	old, err := b.find(ctx, it)
	if err != nil {
		return explain(b.name, err)
	}
	value, err := change(old)
	if err != nil || bytes.Equal(old, value) {
		return err
	}
	if err := b.write(ctx, it, value); err != nil {
		return explain(b.name, err)
	}
	s.note(it, value)
	return nil
}

// Lock takes the long lock of key, and waits for it until ctx ends, whose
// error it then wraps. It is meant for the time of a request or a sign-in;
// Update does not wait for it. Call unlock once; a process that dies unlocks too.
// It fails where the file backend sees that an update would: what the request
// brings could not be kept, and what it uses up would be lost.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	b, err := s.backend(ctx)
	if err != nil {
		return nil, err
	}
	it := newItem(key)
	b.prepare(ctx)
	unlock, err = s.acquire(ctx, it, directory.acquire)
	if err != nil {
		return nil, explain("lock", err)
	}
	if err := b.tryRoom(it); err != nil {
		unlock()
		return nil, explain(b.name, err)
	}
	return unlock, nil
}

// file returns the file backend, or nil if it is another one.
func (c choice) file() *fileBackend {
	l, _ := c.backend.(labelled)
	file, _ := l.nameless.(*fileBackend)
	return file
}

func (c choice) prepare(ctx context.Context) {
	if file := c.file(); file != nil {
		file.prepare(ctx)
	}
}

func (c choice) tryRoom(it item) error {
	if file := c.file(); file != nil {
		return file.tryRoom(it)
	}
	return nil
}

type acquirer func(d directory, ctx context.Context, name string) (release func(), err error)

func (s *Store) acquire(ctx context.Context, it item, how acquirer) (release func(), err error) {
	dir, err := s.opts.directory()
	if err != nil {
		return nil, err
	}
	return how(dir, ctx, it.name)
}

// find is get, with nil for nothing stored.
func (c choice) find(ctx context.Context, it item) ([]byte, error) {
	value, err := c.get(ctx, it)
	if err == fs.ErrNotExist {
		return nil, nil
	}
	return value, err
}

// write stores value, or deletes the item if it is empty, and reads it back,
// since keyrings have been seen to report success for less.
func (c choice) write(ctx context.Context, it item, value []byte) error {
	if err := c.put(ctx, it, value); err != nil {
		return err
	}
	got, err := c.find(ctx, it)
	if err != nil {
		return fmt.Errorf("reading back what was written: %w", err)
	}
	if !bytes.Equal(got, value) {
		return fmt.Errorf("%w: it does not keep what is written to it", ErrUnavailable)
	}
	return nil
}

func (c choice) put(ctx context.Context, it item, value []byte) error {
	if len(value) > 0 {
		return c.set(ctx, it, value)
	}
	err := c.remove(ctx, it)
	if err == fs.ErrNotExist {
		return nil
	}
	return err
}
