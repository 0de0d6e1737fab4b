package store

import (
	"errors"
	"io/fs"
)

// Noted returns what [Options.Note] made of the value that was last stored for
// key, without a look into the keyring. It may be out of date, or missing.
func (s *Store) Noted(key string) string {
	dir, err := s.opts.directory()
	if err != nil || dir.check() != nil {
		return ""
	}
	note, _ := dir.read(noteOf(newItem(key)))
	return string(note)
}

// note keeps the note of a value in a file of its own. Nothing depends on it,
// so an error is none. The caller holds the write lock of the item.
func (s *Store) note(it item, value []byte) {
	dir, err := s.opts.directory()
	if err != nil {
		return
	}
	note := s.opts.Note(value)
	if _, err := dir.read(noteOf(it)); note == "" && errors.Is(err, fs.ErrNotExist) {
		return
	}
	if note == "" {
		remove(dir.join(noteOf(it)))
		return
	}
	replace(dir.join(noteOf(it)), []byte(note))
}

func noteOf(it item) string { return it.name + ".note" }
