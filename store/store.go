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
	"slices"
	"sync"
)

// Options are the settings of a [Store]. The zero value is ready for use.
type Options struct {
	// Dir is the private directory of the file backend and of all locks. If
	// empty, it is git-credential-grant below $XDG_DATA_HOME or ~/.local/share,
	// ~/Library/Application Support on macOS, %LocalAppData% on Windows.
	Dir string
	// Passphrase returns what the file backend derives its key from. It is
	// called when a key is first needed, until it has returned one, and must not
	// use the Store. If nil, the key is a random one, in a file beside the
	// records. A directory has records of one kind: with a passphrase in use no
	// key file is read or written.
	Passphrase func() (string, error)
	// Interactive reports whether a person is there to answer the prompt of a
	// locked keyring. It is called only when that matters, and only while a
	// method of the Store is; by one goroutine at a time, and not always by that
	// of the method, which waits for it. So it needs no lock for what the caller
	// of the method uses. It must not use the Store. If nil, nobody is there.
	Interactive func() bool
	// Mended is told of each file or directory that others could read, and no
	// longer can. If nil, nobody is.
	Mended func(path string)
	// Fingerprint makes of a value what may be known without the keyring: a
	// short text that is no secret, or "". See [Store.Fingerprint]. If nil,
	// values have none.
	Fingerprint func(value []byte) string
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

// Store is a keyring, or under auto two. Use [Open] to make one. Several
// goroutines may use it.
type Store struct {
	opts Options
	open opener

	mu      sync.Mutex
	all     []named           // nil until needed
	met     bool              // the first of them has answered
	holders map[string]string // the backends that have the items looked for
}

// named is a backend in use, its name, and why it is one.
type named struct {
	backend
	name, reason string
}

// Open returns the store that name stands for: auto (or empty), secret-service,
// keychain, wincred, pass, keyctl or file. It does not yet talk to it.
// The error of a keyring that this system or this build lacks wraps
// [errors.ErrUnsupported].
//
// Where there may be a session bus, auto looks into two stores: the Secret
// Service, if there is one, and then the file, where sign-ins are kept that were
// made without one. What is stored stays in the store where it is; so there are
// no copies that could be renewed apart. If both have an item, that of the
// Secret Service counts, until it is deleted there. What neither has goes to the
// Secret Service.
func Open(name string, opts Options) (*Store, error) {
	open, err := openerOf(name)
	if err != nil {
		return nil, err
	}
	opts.Interactive = oneAtATime(opts.Interactive)
	if opts.Mended == nil {
		opts.Mended = func(string) {}
	}
	if opts.Fingerprint == nil {
		opts.Fingerprint = func([]byte) string { return "" }
	}
	return &Store{opts: opts, open: open}, nil
}

func oneAtATime(interactive func() bool) func() bool {
	if interactive == nil {
		return func() bool { return false }
	}
	turn := make(chan bool, 1)
	return func() bool {
		turn <- true
		defer func() { <-turn }()
		return interactive()
	}
}

// Get returns what is stored for key, or an error that is fs.ErrNotExist if,
// and only if, nothing is. A store that cannot be asked is an error unless the
// other one has the item.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	_, value, err := s.find(ctx, newItem(key))
	return value, err
}

// Update replaces what is stored for key by what change makes of it, while
// nobody else updates it; so change must be quick. The old value is nil if
// nothing is stored; a new one that is empty deletes. An error of change is
// returned as it is, and nothing is written then, nor if the value stays the same.
// Where it deletes, and the other store has a value as well, change is called
// for that one too.
func (s *Store) Update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error {
	it := newItem(key)
	file, err := s.fileFor(ctx, it)
	if err != nil {
		return err
	}
	file.prepare(ctx)
	release, err := s.opts.directory().acquireForWrite(ctx, it.name)
	if err != nil {
		return withName("lock", err)
	}
	defer release()
	deleted, err := s.update(ctx, it, change)
	for err == nil && deleted {
		if _, _, err = s.find(ctx, it); err == nil {
			deleted, err = s.update(ctx, it, change)
		} else if err == fs.ErrNotExist {
			return nil
		}
	}
	return err
}

// update changes the item where it is. It reports whether it has deleted it.
func (s *Store) update(ctx context.Context, it item, change func(old []byte) ([]byte, error)) (deleted bool, err error) {
	b, old, err := s.find(ctx, it)
	if err != nil && err != fs.ErrNotExist {
		return false, err
	}
	value, err := change(old)
	if err != nil || bytes.Equal(old, value) {
		return false, err
	}
	if err := b.write(ctx, it, value); err != nil {
		return false, withName(b.name, err)
	}
	s.keepFingerprint(it, value)
	s.hold(it, b, len(value) > 0)
	return len(value) == 0, nil
}

// Lock takes the long lock of key, and waits for it until ctx ends, whose
// error it then wraps. It is meant for the time of a request or a sign-in;
// Update does not wait for it. Call unlock once; a process that dies unlocks too.
// It fails where the file backend sees that an update would: what the request
// brings could not be kept, and what it uses up would be lost.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	it := newItem(key)
	file, err := s.fileFor(ctx, it)
	if err != nil {
		return nil, err
	}
	file.prepare(ctx)
	unlock, err = s.opts.directory().acquire(ctx, it.name)
	if err != nil {
		return nil, withName("lock", err)
	}
	if err := file.tryRoom(); err != nil {
		unlock()
		return nil, withName("file", err)
	}
	return unlock, nil
}

// read is get, with nil for nothing stored.
func (b named) read(ctx context.Context, it item) ([]byte, error) {
	value, err := b.get(ctx, it)
	if err == fs.ErrNotExist {
		return nil, nil
	}
	return value, err
}

// write stores value, or deletes the item if it is empty, and reads it back,
// since keyrings have been seen to report success for less.
func (b named) write(ctx context.Context, it item, value []byte) error {
	if err := b.put(ctx, it, value); err != nil {
		return err
	}
	got, err := b.read(patient(ctx), it)
	if err != nil {
		return fmt.Errorf("reading back what was written: %w", err)
	}
	if !bytes.Equal(got, value) {
		return fmt.Errorf("%w: it does not keep what is written to it", ErrUnavailable)
	}
	return nil
}

func (b named) put(ctx context.Context, it item, value []byte) error {
	if len(value) > 0 {
		return b.set(ctx, it, value)
	}
	err := b.remove(ctx, it)
	if err == fs.ErrNotExist {
		return nil
	}
	return err
}

// List returns the keys under which something is stored, in order. It reads
// every item, which takes a while with many, so it is nothing for the path of a
// [Store.Get]. An item that was written before keys were kept with the values
// is left out until it is written again.
func (s *Store) List(ctx context.Context) ([]string, error) {
	var keys []string
	err := s.ask(func(b named) (bool, error) {
		some, err := b.keys(ctx)
		keys = append(keys, some...)
		return false, err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
