package store

import "os"

// Noted returns what [Options.Note] made of the value that was last stored for
// key, without a look into the keyring. It may be out of date, or missing.
func (s *Store) Noted(key string) string {
	dir := s.opts.directory()
	if dir.check() != nil {
		return ""
	}
	note, _ := dir.read(noteOf(newItem(key)))
	return string(note)
}

// note keeps the note of a value in a file of its own. Nothing depends on it,
// so an error is none. The caller holds the write lock of the item.
func (s *Store) note(it item, value []byte) {
	dir := s.opts.directory()
	if note := s.opts.Note(value); note != "" {
		dir.replace(noteOf(it), []byte(note))
	} else {
		os.Remove(dir.join(noteOf(it)))
	}
}

func noteOf(it item) string { return it.name + ".note" }
