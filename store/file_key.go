package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

func (f *fileBackend) keyPath() string { return f.join("key") }

// readKey returns the key of the key file, or fs.ErrNotExist.
func (f *fileBackend) readKey() ([]byte, error) {
	key, err := f.read("key")
	if err == nil && len(key) != keySize {
		return nil, fmt.Errorf("records %w: the key file %s is damaged", ErrUndecipherable, f.keyPath())
	}
	return key, err
}

// once returns what read finds, or, where that is fs.ErrNotExist, what make
// makes, in one process alone.
func (f *fileBackend) once(ctx context.Context, lock string, read, make func() ([]byte, error)) ([]byte, error) {
	content, err := read()
	if !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	release, err := f.acquireForWrite(ctx, lock)
	if err != nil {
		return nil, err
	}
	defer release()
	// Another process may have made one in the meantime.
	if content, err := read(); !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	return make()
}

// makeKey makes a key where there has never been one, and no passphrase is in use.
func (f *fileBackend) makeKey() ([]byte, error) {
	orphan, err := f.anyRecord(fromKeyFile)
	if err != nil {
		return nil, err
	}
	if orphan != "" {
		return nil, f.keyMissing(orphan)
	}
	if err := f.checkNoPassphrase(); err != nil {
		return nil, err
	}
	return f.makeRandom("key", keySize)
}

// checkNoPassphrase fails where there are records of a passphrase. A key file beside them may be anybody's.
func (f *fileBackend) checkNoPassphrase() error {
	path, err := f.anyRecord(fromPassphrase)
	if err == nil && path != "" {
		return fmt.Errorf("%w, as %s says", ErrPassphrase, path)
	}
	return err
}

// mayUseKeyFile is checkNoPassphrase for a key file that is there. It takes a look at the records only where a passphrase
// has ever been in use.
func (f *fileBackend) mayUseKeyFile() error {
	if _, err := os.Lstat(f.join("salt")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.checkNoPassphrase()
}

// makeRandom makes a file of random bytes.
func (f *fileBackend) makeRandom(name string, size int) ([]byte, error) {
	content := make([]byte, size)
	rand.Read(content)
	return content, f.replace(name, content)
}

// anyRecord returns the path of a record that needs such a key, or "".
func (f *fileBackend) anyRecord(of kdf) (string, error) {
	names, err := namesIn(f.path, recordSuffix)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		file, err := f.read(name + recordSuffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if r, err := parseRecord(file); err == nil && r.kdf == of {
			return f.join(name + recordSuffix), nil
		}
	}
	return "", nil
}

func (f *fileBackend) keyMissing(path string) error {
	return fmt.Errorf("%s %w: its key file %s is gone", path, ErrUndecipherable, f.keyPath())
}
