package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"
)

// autoOpener takes the system's own keyring. Only where one may well be
// missing, on the session bus, is there another one beside it.
func autoOpener() (opener, error) {
	switch {
	case runtime.GOOS == "darwin":
		return fixed("keychain", "it is the keyring of macOS")
	case runtime.GOOS == "windows":
		return fixed("wincred", "it is the keyring of Windows")
	case slices.Contains(strings.Fields(busSystems), runtime.GOOS):
		return openBoth, nil
	default:
		return fixed("file", "no other store is known for "+runtime.GOOS)
	}
}

func openBoth(s *Store) ([]named, error) {
	file, err := newFileBackend(s)
	return []named{
		{newSecretService(s), "secret-service", "there is a Secret Service on the session bus"},
		{file, "file", "it has what was stored without the Secret Service"},
	}, err
}

func (s *Store) backends() ([]named, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all != nil {
		return s.all, nil
	}
	all, err := s.open(s)
	s.all = all
	return all, err
}

// without leaves the Secret Service out, where it is absent from the beginning.
// One that hangs or does not start is no such: what it holds would seem lost,
// and what is stored meanwhile would be lost later.
func (s *Store) without(reason absent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.met || len(s.all) < 2 {
		return false
	}
	s.all = []named{{s.all[1].backend, s.all[1].name, string(reason)}}
	return true
}

func (s *Store) meet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.met = true
}

// ask asks one backend after the other, until one says that this was all. What
// one cannot tell is an error in the end; but the file has nothing where no
// file can be.
func (s *Store) ask(question func(named) (all bool, err error)) error {
	backends, err := s.backends()
	if err != nil {
		return err
	}
	var failed error
	answers := 0
	for _, b := range backends {
		all, err := question(b)
		var none absent
		switch {
		case all:
			return nil
		case err == nil, err == fs.ErrNotExist:
			s.meet()
			answers++
		case errors.As(err, &none) && s.without(none):
		case answers > 0 && errors.Is(err, ErrNoPlace):
		default:
			failed = cmp.Or(failed, withName(b.name, err))
		}
	}
	return failed
}

// find returns what is stored for an item, and where; or fs.ErrNotExist, and
// where it would be stored.
func (s *Store) find(ctx context.Context, it item) (where named, value []byte, err error) {
	found := false
	err = s.ask(func(b named) (bool, error) {
		got, err := b.get(ctx, it)
		if err == nil {
			where, value, found = b, got, true
		} else if err == fs.ErrNotExist && where.backend == nil {
			where = b
		}
		return found, err
	})
	s.hold(it, where, found)
	if err == nil && !found {
		return where, nil, fs.ErrNotExist
	}
	return where, value, err
}

func (s *Store) hold(it item, where named, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders == nil {
		s.holders = map[string]string{}
	}
	delete(s.holders, it.name)
	if found {
		s.holders[it.name] = where.name
	}
}

// Holder names the backend that had a value for key when this Store last looked
// or wrote, "" if none had.
func (s *Store) Holder(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holders[newItem(key).name]
}

// filing is a backend that keeps each item in a file, which tells before a lock
// is taken what a write will need.
type filing interface {
	// fileOf returns the file that an item is or would be in, nil for none.
	fileOf(it item) *itemFile
}

// fileFor returns the file of an item if that is where it is or would be stored,
// as far as can be told without reading, and else nil.
func (s *Store) fileFor(ctx context.Context, it item) (*itemFile, error) {
	backends, err := s.backends()
	if err != nil {
		return nil, err
	}
	last, _ := backends[len(backends)-1].backend.(filing)
	if last == nil {
		return nil, nil
	}
	file := last.fileOf(it)
	if len(backends) == 1 || file.exists() {
		return file, nil
	}
	if name, _, err := s.Backend(ctx); name != "file" {
		return nil, err
	}
	return file, nil
}

// Backend returns the name of the backend that takes what is new, and why it is
// this one. For auto that means talking to the keyring, so it can fail as
// [Store.Get] can.
func (s *Store) Backend(ctx context.Context) (name, reason string, err error) {
	backends, err := s.backends()
	if err != nil {
		return "", "", err
	}
	first := backends[0]
	if service, ok := first.backend.(*secretService); ok && len(backends) > 1 {
		err = service.reach(ctx)
	}
	var none absent
	switch {
	case errors.As(err, &none) && s.without(none):
		return backends[1].name, string(none), nil
	case err != nil:
		return "", "", withName(first.name, err)
	}
	s.meet()
	return first.name, first.reason, nil
}

// Each returns a store for each backend that this one looks into, first the one
// that takes what is new. One that cannot be asked is among them, and says so.
func (s *Store) Each(ctx context.Context) []*Store {
	s.Backend(ctx)
	backends, err := s.backends()
	if err != nil {
		return []*Store{s}
	}
	var each []*Store
	for _, b := range backends {
		each = append(each, &Store{opts: s.opts, all: []named{b}})
	}
	return each
}
