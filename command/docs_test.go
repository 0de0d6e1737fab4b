package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"git-credential-grant/internal/need"
)

// TestDocs keeps the manual page and the completions in step with the program: they name every command and every
// flag, and no other.
func TestDocs(t *testing.T) {
	app := newProgram("").app()
	known := map[string]bool{"--help": true, "--version": true}
	noteFlags(known, app.Flags)
	var commands []string
	for _, command := range app.Commands {
		commands = append(commands, command.Name)
		noteFlags(known, command.Flags)
	}
	long := regexp.MustCompile(`(^|[^-\w])(--[a-z][a-z-]+|-l [a-z][a-z-]+)`)
	git := map[string]bool{"--global": true, "--name-only": true, "--get-regexp": true} // options of git config
	for _, file := range []string{"git-credential-grant.1", "completions/git-credential-grant.bash", "completions/_git-credential-grant", "completions/git-credential-grant.fish"} {
		content, err := os.ReadFile(filepath.Join("..", "docs", file))
		if err != nil {
			t.Fatal(err)
		}
		text := unformatted.Replace(string(content))
		for _, command := range commands {
			if !regexp.MustCompile(`\b` + command + `\b`).MatchString(text) {
				t.Errorf("%s does not name the command %s", file, command)
			}
		}
		named := map[string]bool{}
		for _, match := range long.FindAllStringSubmatch(text, -1) {
			flag := "--" + strings.TrimPrefix(strings.TrimPrefix(match[2], "--"), "-l ")
			named[flag] = true
			if !known[flag] && !git[flag] {
				t.Errorf("%s names %s, which does not exist", file, flag)
			}
		}
		for flag := range known {
			if !named[flag] {
				t.Errorf("%s does not name the flag %s", file, flag)
			}
		}
	}
}

// unformatted takes away what could hide a word in roff, and what only looks like a flag in fish.
var unformatted = strings.NewReplacer(`\-`, "-", `\fB`, " ", `\fI`, " ", `\fR`, " ", "set -l ", "set ")

func noteFlags(known map[string]bool, flags []cli.Flag) {
	for _, flag := range flags {
		known["--"+flag.Names()[0]] = true
	}
}

// TestDocsAreSound has the programs that read them look at the manual page and the completions.
func TestDocsAreSound(t *testing.T) {
	for _, check := range [][]string{
		{"groff", "-man", "-ww", "-Tutf8", "-z", "../docs/git-credential-grant.1"},
		{"bash", "-n", "../docs/completions/git-credential-grant.bash"},
		{"zsh", "-n", "../docs/completions/_git-credential-grant"},
		{"fish", "--no-execute", "../docs/completions/git-credential-grant.fish"},
	} {
		t.Run(check[0], func(t *testing.T) {
			need.Programs(t, check[0])
			if out, err := exec.Command(check[0], check[1:]...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestBashCompletion completes as bash does.
func TestBashCompletion(t *testing.T) {
	need.Programs(t, "bash")
	for line, want := range map[string]string{
		"log":                      "login logout",
		"--st":                     "--store",
		"--store s":                "secret-service",
		"status --j":               "--json",
		"--store file logout --a":  "--all",
		"register --client-s":      "--client-secret-stdin",
		"register --client-id ":    "",
		"ver":                      "version",
		"help sta":                 "status",
		"login https://git.":       "https://git.example",
		"configure a.example http": "https://bitbucket.org https://git.example",
	} {
		words := strings.Split("git-credential-grant "+line, " ")
		script := `. ../docs/completions/git-credential-grant.bash
			COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
			_git_credential_grant_complete
			echo "${COMPREPLY[*]}"`
		command := exec.Command("bash", append([]string{"--norc", "-c", script, "bash"}, words...)...)
		config := filepath.Join(t.TempDir(), "gitconfig")
		if err := os.WriteFile(config, []byte("[credential \"https://git.example\"]\n\tprovider = bitbucket\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+config, "GIT_CONFIG_NOSYSTEM=1")
		out, err := command.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q is completed to %q, %v, want %q", line, got, err, want)
		}
	}
}
