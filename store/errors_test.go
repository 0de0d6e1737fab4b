package store

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"
)

// No trouble with the place of the files reads like nothing stored, nor like a
// host that is not ours.
func TestErrorsAreNotMistaken(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of Unix")
	}
	t.Setenv("HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("LocalAppData", "")
	homeless := openStore(t, "file", Options{})
	_, homelessErr := homeless.Get(t.Context(), key)
	_, lockErr := homeless.Lock(t.Context(), key)

	blocked := openStore(t, "file", Options{Dir: filepath.Join("/dev/null", "dir")})
	_, blockedErr := blocked.Get(t.Context(), key)
	updateErr := blocked.Update(t.Context(), key, func([]byte) ([]byte, error) { return nil, nil })

	t.Setenv("PATH", "")
	pass := openStore(t, "pass", Options{})
	_, passErr := pass.Get(t.Context(), key)

	for _, err := range []error{homelessErr, lockErr, blockedErr, updateErr, passErr} {
		if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	}
}
