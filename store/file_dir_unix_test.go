//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where nothing can be kept, the error says just that, and nothing stored where nothing can be.
func TestNothingCanBeKept(t *testing.T) {
	closed, readOnly, someoneElses := shortDir(t), shortDir(t), homeOf(t, ordinaryUser+1)
	put(t, openStore(t, "file", Options{}), key, "value")
	for path, mode := range map[string]os.FileMode{
		closed: 0, readOnly: 0o555,
		someoneElses: 0o755, filepath.Join(someoneElses, ".local"): 0o755, filepath.Join(someoneElses, ".local", "share"): 0o755,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, home, get, write string }{
		{"no HOME", "", "[place]", "[place]"},
		{"no such HOME", "/proc/none", "[none]", "[place]"},
		{"HOME is no directory", "/dev/null", "[place]", "[place]"},
		{"HOME is the root directory", "/", "[none]", "[place]"},
		{"HOME is closed", closed, "[place]", "[place]"},
		{"HOME is read-only", readOnly, "[none]", "[place]"},
		{"HOME is somebody else's", someoneElses, "[place]", "[place]"},
		{"HOME is below a file that is missing", filepath.Join(readOnly, "none"), "[none]", "[place]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("HOME", c.home)
			wantKinds(t, ordinaryUser, map[string]string{"get": c.get, "update": c.write, "lock": c.write})
		})
	}
}

// wantKinds tries all operations on the store in the home as a user.
func wantKinds(t *testing.T, uid int, want map[string]string) {
	t.Helper()
	out, err := childAs(t, uid, "try").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		operation, _, _ := strings.Cut(line, ":")
		if _, matters := want[operation]; matters && !strings.HasSuffix(line, " "+want[operation]+"\n") {
			t.Errorf("want %s for %s", want[operation], line)
		}
	}
}
