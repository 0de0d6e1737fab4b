package gitconfig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"git-credential-grant/internal/need"
)

func TestOurs(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"grant":                               true,
		"grant --store file":                  true,
		"/usr/local/bin/git-credential-grant": true,
		"/usr/bin/git-credential-grant --no-browser":   true,
		"!'/a dir/git-credential-grant' --store file":  true,
		`/a\ dir/git-credential-grant`:                 true,
		`!"C:/Program Files/git-credential-grant.exe"`: true,
		"!git credential-grant":                        true,
		"!git-credential-grant":                        true,
		"":                                             false,
		"manager":                                      false,
		"granted":                                      false,
		"store --file grant":                           false,
		"!grant":                                       false,
		"!/usr/bin/gh auth git-credential":             false,
		"/opt/git-credential-grant/git-credential-oauth":     false,
		"!git credential-manager # not git-credential-grant": false,
	} {
		if Ours(line) != want {
			t.Errorf("Ours(%q) = %v", line, !want)
		}
	}
}

// TestHelperLine has git call a program by the line, wherever it is, and gives it its flags.
func TestHelperLine(t *testing.T) {
	if got := HelperLine("", []string{"--store", "file"}); got != "grant --store file" {
		t.Errorf("by its name it is %q", got)
	}
	dir := need.GitConfig(t, "")
	for _, name := range []string{"plain", "a dir", "it's", `back\slash`, "$HOME;ls", "grüße", "#x", "-x"} {
		program := filepath.Join(dir, name, "git-credential-grant")
		script := "#!/bin/sh\nprintf '%s|' \"$@\" >&2\n"
		if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		line := HelperLine(program, []string{"--store", "a b"})
		if !Ours(line) {
			t.Errorf("%s is not taken for ours", line)
		}
		fill := exec.Command("git", "-c", "credential.helper="+line, "credential", "fill")
		fill.Stdin = strings.NewReader("url=https://git.example\n")
		fill.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=")
		out, _ := fill.CombinedOutput()
		if !strings.HasPrefix(string(out), "--store|a b|get|") {
			t.Errorf("git calls %s with %q", line, out)
		}
	}
}

// TestConfigure runs the two commands on what may be in a git config.
func TestConfigure(t *testing.T) {
	const url = "https://git.example"
	section := func(values ...string) string {
		text := fmt.Sprintf("[credential %q]\n", url)
		for _, value := range values {
			text += "\thelper = " + value + "\n"
		}
		return text
	}
	for _, test := range []struct {
		name, config string
		asked        []string // what git asks after Configure
		left         string   // the config after Unconfigure, if it is not the same as before
	}{
		{name: "nothing", asked: []string{"grant"}},
		{name: "others for all hosts", config: "[credential]\n\thelper = cache\n", asked: []string{"grant"}},
		{name: "another's pair", config: section(`""`, "cache"), asked: []string{"grant"}},
		{name: "another's line", config: section("cache # mine"), asked: []string{"grant"}},
		{name: "ours already", config: section(`""`, "grant"), asked: []string{"grant"}, left: "-"},
		{name: "ours with other flags", config: section(`""`, "grant --store file"), asked: []string{"grant"}, left: "-"},
		{name: "ours by its path", config: section(`""`, "/x/git-credential-grant"), asked: []string{"grant"}, left: "-"},
		{name: "ours and another after it", config: section(`""`, "grant", "cache"), asked: []string{"grant", "cache"}, left: section("cache")},
		{name: "ours after another", config: section("cache", "grant"), asked: []string{"grant"}, left: section("cache")},
		{name: "ours twice", config: section("grant", "grant"), asked: []string{"grant"}, left: "-"},
		{name: "our line alone", config: section("grant"), asked: []string{"grant"}, left: "-"},
		// Git Credential Manager's own configure writes such a pair (ConfigureAsync in its Application.cs).
		{name: "ours, and a pair for all hosts after it", config: section(`""`, "grant") + "[credential]\n\thelper = \n\thelper = manager\n",
			asked: []string{"grant"}, left: "[credential]\n\thelper = \n\thelper = manager\n"},
		{name: "settings of the host, and a pair for all hosts after it",
			config: "[credential \"" + url + "\"]\n\tprovider = gitea\n[credential]\n\thelper = \n\thelper = manager\n", asked: []string{"grant"}},
		{name: "another's pair after ours", config: section(`""`, "grant", `""`, "cache"), asked: []string{"grant"}, left: section("", "cache")},
	} {
		dir := need.GitConfig(t, test.config)
		if test.config == "" {
			os.Remove(filepath.Join(dir, "gitconfig"))
		}
		if _, err := (Git{}).Configure(t.Context(), url, "grant"); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		once := readFile(t, dir)
		if changed, err := (Git{}).Configure(t.Context(), url, "grant"); len(changed) > 0 || err != nil || readFile(t, dir) != once {
			t.Errorf("%s: the second time it changes %v, %v", test.name, changed, err)
		}
		entries, err := Git{}.Entries(t.Context(), url)
		if got := Helpers(entries); err != nil || !slices.Equal(got, test.asked) {
			t.Errorf("%s: git asks %q, %v, with\n%s", test.name, got, err, once)
		}
		if _, err := (Git{}).Unconfigure(t.Context(), url); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		want := test.config
		if test.left != "" {
			want = strings.TrimPrefix(test.left, "-")
		}
		if got := readFile(t, dir); got != want {
			t.Errorf("%s: this is left:\n%s\nwant:\n%s", test.name, got, want)
		}
	}
}

func readFile(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "gitconfig"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestExactly(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "grant", "!'/a (b)/c.d+' --x=[1]{2}|^$*?\\"} {
		pattern, err := regexp.CompilePOSIX(exactly(value))
		if err != nil || !pattern.MatchString(value) || pattern.MatchString(value+"x") || pattern.MatchString("x"+value) {
			t.Errorf("%q has the pattern %q, %v", value, exactly(value), err)
		}
	}
}

// TestEntries: git itself says what applies to a request.
func TestEntries(t *testing.T) {
	need.GitConfig(t, `[credential "https://git.example"]
	helper = one
[credential "https://*.example/"]
	helper = two
[credential "https://other.example"]
	helper = no
[credential "https://alice@git.example"]
	helper = three
[credential "https://bob@git.example"]
	helper = no
[credential "a \"quoted\\\\ thing"]
	helper = no
[credential]
	helper = four
	helper
	interactive = false
`)
	entries, err := Git{}.Entries(t.Context(), "https://alice@git.example/")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, entry := range entries {
		if entry.Applies && entry.Name == "helper" && entry.Value != "" {
			lines = append(lines, entry.URL+" "+entry.Value)
		}
	}
	want := []string{"https://git.example one", "https://*.example/ two", "https://alice@git.example three", " four"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q", lines)
	}
	if file := entries[0].File; !strings.HasSuffix(file, "/gitconfig") {
		t.Errorf("it stands in %q", file)
	}
}

func TestOwnFlags(t *testing.T) {
	for config, want := range map[string]string{
		"":                                 "",
		"[credential]\n\thelper = cache\n": "",
		"[credential]\n\thelper = grant\n": "",
		"[credential]\n\thelper = grant --store file\n":                                                                            "--store file",
		"[credential]\n\thelper = \"!'/a b/git-credential-grant' --timeout '10 m'\"\n":                                             "--timeout 10 m",
		"[credential]\n\thelper = grant --store pass\n[credential \"https://git.example\"]\n\thelper=\n\thelper = grant --trace\n": "--trace",
		"[credential \"https://other.example\"]\n\thelper = grant --store pass\n":                                                  "--store pass",
	} {
		need.GitConfig(t, config)
		if got, err := (Git{}).OwnFlags(t.Context(), site); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q gives %q, %v", config, got, err)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"grant":                       "grant|",
		"grant -bearer --store  file": "grant|-bearer --store file",
		"!'/a -b/git-credential-grant' '--timeout' 5": "!'/a -b/git-credential-grant'|--timeout 5",
		`/a\ -b/git-credential-grant --trace`:         `/a\ -b/git-credential-grant|--trace`,
	} {
		program, flags := Flags(line)
		if got := program + "|" + strings.Join(flags, " "); got != want {
			t.Errorf("%q is %q", line, got)
		}
	}
}
