package store

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/crypto/scrypt"
)

// passphrase makes keys from what a person remembers.
type passphrase struct {
	read func() (string, error)

	mu   sync.Mutex
	last sealingKey
}

// key returns the key that goes with salt.
func (p *passphrase) key(salt [saltSize]byte) (sealingKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.key != nil && p.last.salt == salt {
		return p.last, nil
	}
	text, err := p.read()
	if err != nil {
		return sealingKey{}, err
	}
	// 32 MB and some 70 ms: the costs that x/crypto recommends for interactive use. Others need a new record version.
	key, err := scrypt.Key([]byte(text), salt[:], 1<<15, 8, 1, keySize)
	if err != nil {
		return sealingKey{}, err
	}
	p.last = sealingKey{kdf: fromPassphrase, salt: salt, key: key}
	return p.last, nil
}

// passphraseKey returns the key to write with. All records of a directory get
// the same salt, from a file beside them, so that a process makes one key for
// all of them. Each record tells its salt, so nothing is lost with that file.
func (f *fileBackend) passphraseKey(ctx context.Context) (sealingKey, error) {
	salt, err := f.once(ctx, "salt", f.readSalt, f.makeSalt)
	if err != nil {
		return sealingKey{}, err
	}
	return f.passphrase.key([saltSize]byte(salt))
}

// readSalt takes a damaged salt for none.
func (f *fileBackend) readSalt() ([]byte, error) {
	salt, err := f.read("salt")
	if err == nil && len(salt) != saltSize {
		return nil, fs.ErrNotExist
	}
	return salt, err
}

// makeSalt makes a salt where records of the key file, if there are any, would not become unreadable by it.
func (f *fileBackend) makeSalt() ([]byte, error) {
	path, err := f.anyRecord(fromKeyFile)
	if err != nil {
		return nil, err
	}
	if path != "" {
		return nil, fmt.Errorf("%s %w: it was not written with a passphrase, and no record of one can be beside it",
			path, ErrUndecipherable)
	}
	return f.makeRandom("salt", saltSize)
}
