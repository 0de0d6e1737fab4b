package store

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestOpenNames(t *testing.T) {
	for _, k := range kinds {
		s, err := Open(k.name, Options{})
		elsewhere := k.systems != "" && !strings.Contains(k.systems, runtime.GOOS) ||
			k.name == "keychain" && !hasKeychain()
		if elsewhere != errors.Is(err, errors.ErrUnsupported) || (s == nil) != (err != nil) {
			t.Errorf("Open(%q) = %v, %v", k.name, s, err)
		}
	}
	_, err := Open("keyring", Options{})
	if err == nil || !strings.Contains(err.Error(), "secret-service, keychain, wincred, pass, keyctl, file") {
		t.Errorf("an unknown name: got %v", err)
	}
	if _, err := Open("kwallet", Options{}); err == nil || !strings.Contains(err.Error(), "use secret-service") {
		t.Errorf("kwallet: got %v", err)
	}
}

// A program for macOS that was built without cgo has no keychain, and says so
// instead of keeping sign-ins elsewhere.
func TestKeychainNeedsCgo(t *testing.T) {
	keychain := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == "keychain" })]
	if err := keychain.missing("darwin", true); err != nil {
		t.Errorf("with cgo: got %v", err)
	}
	err := keychain.missing("darwin", false)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("without cgo: got %v", err)
	}
	if err := keychain.missing("linux", false); err == nil || !strings.Contains(err.Error(), "does not exist on linux") {
		t.Errorf("on linux: got %v", err)
	}
}

func TestDirectory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places of Linux")
	}
	for _, c := range []struct{ chosen, home, data, want string }{
		{"/chosen", "/home/me", "/data", "/chosen"},
		{"", "/home/me", "/data", "/data/git-credential-grant"},
		{"", "/home/me", "", "/home/me/.local/share/git-credential-grant"},
		{"", "/home/me", "relative", "/home/me/.local/share/git-credential-grant"},
		{"", "", "/data", "/data/git-credential-grant"},
		{"", "", "", ""},
		{"", "relative", "", ""},
	} {
		t.Setenv("HOME", c.home)
		t.Setenv("XDG_DATA_HOME", c.data)
		_, got, err := place(c.chosen)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

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

func TestLabel(t *testing.T) {
	for key, want := range map[string]string{
		"https://bitbucket.org": "git-credential-grant: https://bitbucket.org",
		"a\x00\n\xffb":          "git-credential-grant: a\ufffd\ufffd\ufffdb",
	} {
		if got := newItem(key).label; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
