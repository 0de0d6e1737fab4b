package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/99designs/keyring"
)

// newPass keeps items below git-credential-grant/ in the user's own password store.
func newPass(s *Store) (backend, error) {
	if _, err := exec.LookPath("pass"); err != nil {
		return nil, fmt.Errorf("%w: the program pass is not installed", ErrUnavailable)
	}
	dir := os.Getenv("PASSWORD_STORE_DIR")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrUnavailable, err)
		}
		dir = filepath.Join(home, ".password-store")
	}
	r := newRing(s, keyring.PassBackend, keyring.Config{PassDir: dir, PassPrefix: application})
	r.confirm = func(name string) error {
		return confirmMissing(filepath.Join(dir, application, name+".gpg"))
	}
	return labelled{r}, nil
}

// confirmMissing returns fs.ErrNotExist only if that is what the system says:
// the library takes any error for it, one of permissions included.
func confirmMissing(path string) error {
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case err != nil:
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	default:
		return fmt.Errorf("%w: %s has appeared just now", ErrUnavailable, path)
	}
}
