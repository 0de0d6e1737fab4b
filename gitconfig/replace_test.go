package gitconfig

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

// TestReplacement has it take the place of what people have by the documentation of others: git-credential-oauth's README, its
// own configure, and docs/configuration.md and docs/wsl.md of Git Credential Manager.
func TestReplacement(t *testing.T) {
	const (
		azure  = "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n"
		one    = "[credential \"https://a.example\"]\n"
		others = "[credential \"https://b.example\"]\n\thelper = !gh\n"
	)
	for _, test := range []struct {
		name, config, becomes string
		byHand                bool
	}{
		{name: "nothing", config: "", becomes: "[credential]\n\thelper = \n\thelper = grant\n"},
		{
			name:    "git-credential-oauth",
			config:  "[credential]\n\thelper = cache --timeout 21600 # six hours\n\thelper = oauth\n",
			becomes: "[credential]\n\thelper = \n\thelper = grant\n",
		},
		{
			name:    "its flags",
			config:  "[credential]\n\thelper = libsecret\n\thelper = oauth -device -verbose -bearer\n",
			becomes: "[credential]\n\thelper = \n\thelper = grant --device --trace\n",
		},
		{
			name:    "Git Credential Manager on macOS and Linux",
			config:  "[credential]\n\thelper = \n\thelper = /usr/local/share/gcm-core/git-credential-manager\n" + azure,
			becomes: "[credential]\n\thelper = \n\thelper = grant\n" + azure,
		},
		{
			name:    "its settings",
			config:  "[credential]\n\tcredentialStore = secretservice\n\thelper = manager-core\n",
			becomes: "[credential]\n\tcredentialStore = secretservice\n\thelper = \n\thelper = grant\n",
		},
		{
			name:    "in WSL",
			config:  "[credential]\n\thelper = /mnt/c/Program\\\\ Files/Git/mingw64/bin/git-credential-manager.exe\n",
			becomes: "[credential]\n\thelper = \n\thelper = grant\n",
		},
		{
			name:    "one host alone, and another's",
			config:  "[credential]\n\thelper = store\n" + one + "\thelper = oauth -device\n" + others,
			becomes: "[credential]\n\thelper = \n\thelper = grant\n" + one + "\thelper = \n\thelper = grant --device\n" + others,
		},
		{
			name:    "ours already",
			config:  "[credential]\n\thelper = \n\thelper = grant\n",
			becomes: "[credential]\n\thelper = \n\thelper = grant\n",
		},
		// They would be taken back.
		{name: "another's before it", config: others + "[credential]\n\thelper = manager\n", byHand: true},
		{name: "another's alone", config: others, byHand: true},
	} {
		dir := need.GitConfig(t, test.config)
		replacement, err := Git{}.PlanReplacement(t.Context(), "", nil)
		if errors.Is(err, ErrByHand) != test.byHand || err != nil && !test.byHand {
			t.Errorf("%s: %v", test.name, err)
		}
		if readFile(t, dir) != test.config {
			t.Errorf("%s: planning has changed it", test.name)
		}
		if test.byHand {
			continue
		}
		lines, err := Git{}.Replace(t.Context(), replacement)
		if err != nil || !slices.Equal(lines, replacement.Lines()) {
			t.Errorf("%s: %v, %v, but planned were %v", test.name, lines, err, replacement.Lines())
		}
		if got := readFile(t, dir); got != test.becomes {
			t.Errorf("%s: it became\n%s", test.name, got)
		}
		_, err = Git{}.UnconfigureAll(t.Context())
		if left := readFile(t, dir); err != nil || strings.Contains(left, "grant") || strings.Contains(left, "helper = \n") {
			t.Errorf("%s: %v, and this is left of ours:\n%s", test.name, err, left)
		}
	}
}

func TestSignsIn(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"oauth": true, "oauth -device": true, "manager": true, "manager-core": true, "!git credential-manager": true,
		"/usr/bin/git-credential-oauth": true, "/usr/local/share/gcm-core/git-credential-manager-core": true,
		`/mnt/c/Program\ Files\ \(x86\)/Git\ Credential\ Manager/git-credential-manager.exe`: true,
		"": false, "cache --timeout 21600": false, "osxkeychain": false, "grant": false, "!gh auth git-credential": false,
		"store --file oauth": false, "!": false,
	} {
		if SignsIn(line) != want {
			t.Errorf("SignsIn(%q) = %v", line, !want)
		}
	}
}
