package need

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// GitConfig makes git read the given global configuration and nothing else, and no proxy in the environment count. It returns
// the directory of the file, in which the test stands from now on. Without git the test is skipped.
func GitConfig(t *testing.T, config string) (dir string) {
	t.Helper()
	Programs(t, "git")
	dir = t.TempDir()
	file := filepath.Join(dir, "gitconfig")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	// The tests may run in a git hook, or below -c, or behind a proxy.
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if name != variable && strings.HasPrefix(name, "GIT_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			t.Setenv(name, "") // so that it is restored
			os.Unsetenv(name)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", file)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("LC_ALL", "C")
	t.Chdir(dir)
	return dir
}
