package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"slices"
)

// A record file is a header and what AES-256-GCM made of the value:
//
//	magic    "git-credential-grant record\n"
//	version  1
//	kdf      which key: 1 the key file, 2 scrypt of the passphrase
//	salt     16 bytes, for scrypt
//	nonce    12 bytes
//
// The header and the item's name are authenticated with the value, so that a
// record cannot pass for another one.
const (
	recordMagic   = "git-credential-grant record\n"
	recordVersion = 1
	saltSize      = 16
	nonceSize     = 12
	keySize       = 32
	headerSize    = len(recordMagic) + 2 + saltSize + nonceSize
)

type kdf byte

const (
	fromKeyFile    kdf = 1
	fromPassphrase kdf = 2
)

// sealingKey is a key for records, and what a record says about it.
type sealingKey struct {
	kdf  kdf
	salt [saltSize]byte
	key  []byte
}

// record is a record file taken apart.
type record struct {
	kdf    kdf
	salt   [saltSize]byte
	nonce  [nonceSize]byte
	sealed []byte
}

var errRecord = errors.New("not a record, damaged, or of a newer version")

func parseRecord(file []byte) (record, error) {
	if len(file) < headerSize || !bytes.HasPrefix(file, []byte(recordMagic)) {
		return record{}, errRecord
	}
	rest := file[len(recordMagic):]
	r := record{kdf: kdf(rest[1])}
	if rest[0] != recordVersion || r.kdf != fromKeyFile && r.kdf != fromPassphrase {
		return record{}, errRecord
	}
	rest = rest[2:]
	rest = rest[copy(r.salt[:], rest):]
	r.sealed = rest[copy(r.nonce[:], rest):]
	return r, nil
}

func (r record) header() []byte {
	h := append([]byte(recordMagic), recordVersion, byte(r.kdf))
	h = append(h, r.salt[:]...)
	return append(h, r.nonce[:]...)
}

// seal encrypts value as the record of name, and returns the whole file.
func seal(value []byte, name string, k sealingKey) ([]byte, error) {
	aead, err := newAEAD(k.key)
	if err != nil {
		return nil, err
	}
	r := record{kdf: k.kdf, salt: k.salt}
	rand.Read(r.nonce[:])
	h := r.header()
	return aead.Seal(h, r.nonce[:], value, slices.Concat(h, []byte(name))), nil
}

// open decrypts the record as the one of name.
func (r record) open(name string, key []byte) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return aead.Open([]byte{}, r.nonce[:], r.sealed, slices.Concat(r.header(), []byte(name)))
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
