package store

import "os"

// Fingerprint returns what [Options.Fingerprint] made of the value that was last
// stored for key, without a look into the keyring. It may be out of date, or
// missing.
func (s *Store) Fingerprint(key string) string {
	dir := s.opts.directory()
	if dir.check() != nil {
		return ""
	}
	fingerprint, _ := dir.read(fingerprintFile(newItem(key)))
	return string(fingerprint)
}

// keepFingerprint keeps that of a value in a file of its own. Nothing depends on
// it, so an error is none. The caller holds the write lock of the item.
func (s *Store) keepFingerprint(it item, value []byte) {
	dir := s.opts.directory()
	if fingerprint := s.opts.Fingerprint(value); fingerprint != "" {
		dir.replace(fingerprintFile(it), []byte(fingerprint))
	} else {
		os.Remove(dir.join(fingerprintFile(it)))
	}
}

func fingerprintFile(it item) string { return it.name + ".note" }
