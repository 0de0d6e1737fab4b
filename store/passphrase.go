package store

import (
	"crypto/rand"
	"sync"

	"golang.org/x/crypto/scrypt"
)

// passphrase makes keys from what a person remembers.
type passphrase struct {
	text string

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
	return p.derive(salt)
}

// anyKey returns the key used last, so that reading and writing a record cost
// one derivation, or one with a new salt.
func (p *passphrase) anyKey() (sealingKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.key != nil {
		return p.last, nil
	}
	var salt [saltSize]byte
	rand.Read(salt[:])
	return p.derive(salt)
}

// derive takes 32 MB and some 70 ms: the costs that x/crypto recommends for
// interactive use. Others need a new record version.
func (p *passphrase) derive(salt [saltSize]byte) (sealingKey, error) {
	key, err := scrypt.Key([]byte(p.text), salt[:], 1<<15, 8, 1, keySize)
	if err != nil {
		return sealingKey{}, err
	}
	p.last = sealingKey{kdf: fromPassphrase, salt: salt, key: key}
	return p.last, nil
}
