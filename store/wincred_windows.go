package store

import "github.com/99designs/keyring"

func newWincred(s *Store) (backend, error) {
	r := newRing(s, keyring.WinCredBackend, keyring.Config{
		ServiceName:   "credentials",
		WinCredPrefix: application,
	})
	return keyed{&splitter{r, wincredLimit}}, nil
}
