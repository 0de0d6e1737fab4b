package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/internal/need"
	"git-credential-grant/testforge"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"git-credential-grant": main,
		"testforge":            func() { os.Exit(testforge.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the promises of the command in testdata: real git, a real OAuth2 server in front of real
// repositories, and a scripted browser.
//
// Beside the usual commands the scripts have
//
//	forge [plain]         start a forge with the repository acme/app, and configure git for it; $FORGE is its URL
//	forge unregistered    the same, without its client
//	forge gitea           start a Gitea as it comes out of the box, and configure nothing
//	secure                put it behind TLS as well, $SECURE, for which $CA vouches, and start a proxy at $PROXY
//	tunnels N             how many tunnels were made through the proxy so far
//	ctl COMMAND...        steer it, see testforge.Control
//	count NAME N          what it has counted so far
//	windows N             how many browser windows were opened so far
//	parallel N COMMAND... run a command N times at once; all must succeed, or with ! fail
//	terminal FILE COMMAND... run a command as a person does on a terminal, and do there what the file says
//	secrets COMMAND...    run a command with all traces on, and check that no secret is anywhere but in the keyring
//
//	age TIME              make the sign-ins at the forge older
//	kills N               have the token renewed N times, and kill the helper each time
//
// and the conditions [git:2.46] (that version or later), [names] (git tells the name in a URL), [has:PROGRAM],
// [can:mount], [other:SUITE] (.ci/other-git has made that, at $OTHER/SUITE), [race] (under its detector) and [slow], which
// holds where not everything is to be tested.
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata", setup)
}

func runScripts(t *testing.T, dir string, setup func(*testscript.Env) error) {
	if signal.Ignored(syscall.SIGHUP) { // by nohup(1), and the programs of the scripts would not get it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition:           condition,
		Cmds:                commands,
	})
}

// commands are those of the scripts.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"forge":    startForge,
	"secure":   secureForge,
	"tunnels":  countTunnels,
	"ctl":      controlForge,
	"count":    countForge,
	"windows":  countWindows,
	"parallel": parallel,
	"secrets":  noSecrets,
}

// setup gives each script a home of its own, and a browser that signs in as alice.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	cache, _ := os.UserCacheDir()
	project, err := os.Getwd()
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"HOME":                       home,
		"PROJECT":                    project,
		"XDG_DATA_HOME":              "",
		"XDG_CONFIG_HOME":            "",
		"GIT_CONFIG_NOSYSTEM":        "1",
		"GIT_TERMINAL_PROMPT":        "0",
		"GIT_CREDENTIAL_GRANT_STORE": "file",
		"BROWSER":                    "testforge browser",
		"TESTFORGE_LOG":              filepath.Join(env.WorkDir, "windows"),
		"OTHER":                      filepath.Join(cache, "git-credential-grant-ci"),
		"DBUS_SESSION_BUS_ADDRESS":   "",
		"XDG_RUNTIME_DIR":            "",
		"LC_ALL":                     "C",
		"GORACE":                     os.Getenv("GORACE"), // the race detector otherwise adds a second to each program
	} {
		env.Setenv(name, value)
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	return appendTo(filepath.Join(home, ".gitconfig"), `[user]
	name = A
	email = a@example.com
[init]
	defaultBranch = main
[protocol "file"]
	allow = always
[credential]
	helper = grant
`)
}

func appendTo(name, text string) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.WriteString(file, text)
	return err
}

// startForge starts a forge for one script: with OAuth and configured, or plain, for the user alice with a password.
func startForge(ts *testscript.TestScript, neg bool, args []string) {
	var options testforge.Options
	plain := len(args) == 1 && args[0] == "plain"
	if plain {
		options.Passwords = map[string]string{"alice": "open sesame"}
	}
	options.Gitea = len(args) == 1 && args[0] == "gitea"
	forge := newForgeOf(ts, options)
	if plain || options.Gitea {
		return
	}
	config := fmt.Sprintf(`[credential %q]
	provider = bitbucket
	oauthUserInfoURL = /2.0/user
`, forge.URL)
	if len(args) == 0 {
		config += fmt.Sprintf("\toauthClientId = %s\n\toauthClientSecret = %s\n", forge.ClientID, forge.ClientSecret)
	}
	ts.Check(appendTo(filepath.Join(ts.Getenv("HOME"), ".gitconfig"), config))
}

// newForgeOf starts a forge that has the repository of the scripts, until the script has ended.
func newForgeOf(ts *testscript.TestScript, options testforge.Options) *testforge.Forge {
	forge, err := testforge.New(options)
	ts.Check(err)
	ts.Defer(func() { forge.Close() })
	ts.Check(forge.CreateRepo("acme/app"))
	ts.Setenv("FORGE", forge.URL)
	ts.Setenv("FORGE_HOST", strings.TrimPrefix(forge.URL, "http://"))
	return forge
}

func controlForge(ts *testscript.TestScript, neg bool, args []string) {
	_, err := testforge.Control(ts.Getenv("FORGE"), args...)
	ts.Check(err)
}

func countForge(ts *testscript.TestScript, neg bool, args []string) {
	stats, err := testforge.Control(ts.Getenv("FORGE"), "stats")
	ts.Check(err)
	want := strings.Join(args, " ") + "\n"
	if strings.Contains("\n"+stats, "\n"+want) == neg {
		ts.Fatalf("want %v %q in\n%s", !neg, want, stats)
	}
}

func countWindows(ts *testscript.TestScript, neg bool, args []string) {
	log, err := os.ReadFile(ts.Getenv("TESTFORGE_LOG"))
	if err != nil && !os.IsNotExist(err) {
		ts.Check(err)
	}
	if got := strconv.Itoa(bytes.Count(log, []byte("\n"))); got != args[0] {
		ts.Fatalf("%s browser windows were opened, want %s", got, args[0])
	}
}

// parallel runs a command many times at once and checks that every run ends as expected. What they say is the
// script's stdout and stderr.
func parallel(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var runs sync.WaitGroup
	outputs := make([]string, n)
	failed := make([]error, n)
	for i := range n {
		command := scripted(ts, args[1:]...)
		runs.Go(func() {
			out, err := command.CombinedOutput()
			outputs[i], failed[i] = string(out), err
		})
	}
	runs.Wait()
	for i := range n {
		if (failed[i] != nil) != neg {
			ts.Fatalf("run %d: %v\n%s", i, failed[i], outputs[i])
		}
	}
	fmt.Fprint(ts.Stdout(), strings.Join(outputs, ""))
}

// scripted is a command as the script itself would run it. It is killed when it takes far too long, so that a script fails
// whose command never ends.
func scripted(ts *testscript.TestScript, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	ts.Defer(cancel)
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Dir, command.Env = ts.MkAbs("."), environment(ts)
	command.WaitDelay = 10 * time.Second // for what it has started, and what still has its output
	return command
}

// eventually waits until done is true.
func eventually(t interface{ Fatalf(string, ...any) }, what string, done func() bool) {
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// environment is the script's, as a child gets it.
func environment(ts *testscript.TestScript) []string {
	variables := os.Environ()
	for _, name := range []string{
		"HOME", "PATH", "GIT_CONFIG_NOSYSTEM", "GIT_TERMINAL_PROMPT", "BROWSER", "TESTFORGE_LOG", "TESTFORGE_AS",
		"TESTFORGE_CANCEL", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
		"GIT_CREDENTIAL_GRANT_STORE", "FORGE",
	} {
		variables = append(variables, name+"="+ts.Getenv(name))
	}
	return variables
}

func condition(name string) (bool, error) {
	kind, value, _ := strings.Cut(name, ":")
	switch kind {
	case "git":
		return gitAtLeast(value)
	case "names":
		return tellsNames(), nil
	case "slow":
		return !need.All(), nil
	case "race":
		info, _ := debug.ReadBuildInfo()
		return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}), nil
	case "has":
		_, err := exec.LookPath(value)
		return needed(err)
	case "other":
		cache, err := os.UserCacheDir()
		if err == nil {
			_, err = os.Stat(filepath.Join(cache, "git-credential-grant-ci", value, "usr", "bin", "git"))
		}
		return needed(err)
	case "can":
		return needed(exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "none", os.TempDir()).Run())
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// needed makes what is missing a failure where nothing may be skipped.
func needed(missing error) (bool, error) {
	if missing != nil && need.All() {
		return false, fmt.Errorf("GIT_CREDENTIAL_GRANT_TEST=all lets nothing be skipped: %w", missing)
	}
	return missing == nil, nil
}

// gitAtLeast compares the version of the git in PATH.
func gitAtLeast(version string) (bool, error) {
	out, err := exec.Command("git", "version").Output()
	if err != nil {
		return false, err
	}
	var have, want [2]int
	if _, err := fmt.Sscanf(string(out), "git version %d.%d", &have[0], &have[1]); err != nil {
		return false, err
	}
	if _, err := fmt.Sscanf(version, "%d.%d", &want[0], &want[1]); err != nil {
		return false, err
	}
	return have[0] > want[0] || have[0] == want[0] && have[1] >= want[1], nil
}
