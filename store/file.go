package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

const recordSuffix = ".record"

// fileBackend keeps one encrypted file for each item in a private directory.
type fileBackend struct {
	directory
	passphrase *passphrase // nil for the key file
}

func newFileBackend(s *Store) (backend, error) {
	f := &fileBackend{directory: s.opts.directory()}
	if s.opts.Passphrase != nil {
		f.passphrase = &passphrase{read: s.opts.Passphrase}
	}
	return keyed{f}, nil
}

func recordOf(it item) string { return it.name + recordSuffix }

func (f *fileBackend) fileOf(it item) *itemFile { return &itemFile{f, it} }

func (f *fileBackend) get(_ context.Context, it item) ([]byte, error) {
	file, err := f.readRecord(it)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	return f.decrypt(it, file)
}

func (f *fileBackend) readRecord(it item) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.read(recordOf(it))
}

func (f *fileBackend) decrypt(it item, file []byte) ([]byte, error) {
	path := f.join(recordOf(it))
	r, err := parseRecord(file)
	if err != nil {
		return nil, fmt.Errorf("%s %w: %v", path, ErrUndecipherable, err)
	}
	key, err := f.openingKey(path, r)
	if err != nil {
		return nil, err
	}
	value, err := r.open(it.name, key)
	if err != nil && r.kdf == fromPassphrase {
		return nil, fmt.Errorf("%s %w: the passphrase is wrong or the file damaged", path, ErrUndecipherable)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %w: it is damaged, or %s is another key", path, ErrUndecipherable, f.keyPath())
	}
	return value, nil
}

func (f *fileBackend) set(ctx context.Context, it item, value []byte) error {
	if err := f.create(); err != nil {
		return err
	}
	key, err := f.sealingKey(ctx)
	if err != nil {
		return err
	}
	file, err := seal(value, it.name, key)
	if err != nil {
		return err
	}
	return f.replace(recordOf(it), file)
}

func (f *fileBackend) remove(_ context.Context, it item) error {
	err := f.unlink(recordOf(it))
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	return err
}

// sealingKey returns the key to write with.
func (f *fileBackend) sealingKey(ctx context.Context) (sealingKey, error) {
	if f.passphrase != nil {
		return f.passphraseKey(ctx)
	}
	if err := f.mayUseKeyFile(); err != nil {
		return sealingKey{}, err
	}
	key, err := f.once(ctx, "key", f.readKey, f.makeKey)
	return sealingKey{kdf: fromKeyFile, key: key}, err
}

// openingKey returns the key that the record at path was written with.
func (f *fileBackend) openingKey(path string, r record) ([]byte, error) {
	switch {
	case r.kdf == fromPassphrase && f.passphrase == nil:
		return nil, fmt.Errorf("%w, as %s says", ErrPassphrase, path)
	case r.kdf == fromPassphrase:
		k, err := f.passphrase.key(r.salt)
		return k.key, err
	case f.passphrase != nil:
		return nil, fmt.Errorf("%s %w: it was not written with a passphrase", path, ErrUndecipherable)
	}
	if err := f.mayUseKeyFile(); err != nil {
		return nil, err
	}
	key, err := f.readKey()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.keyMissing(path)
	}
	return key, err
}

func (f *fileBackend) names(context.Context) ([]string, error) {
	if err := f.check(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return namesIn(f.path, recordSuffix)
}
