//go:build unix

package person

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests of this file change the environment, and what the process leaves open to its children. None is parallel.

const somePage = "https://git.example/authorize?scope=repository%20account&state=$(id);`id`&%s"

// script writes a shell script that stands in for a program. What it prints is in the file report once it is done.
func script(t *testing.T, name, body string) (path, report string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	report = path + ".report"
	quoted := `"` + report + `"`
	text := "#!/bin/sh\n{\n" + body + "\n} >" + quoted + ".part\n" + "mv " + quoted + ".part " + quoted + "\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, report
}

const printArguments = `printf '%s\n' "$@"`

// lines waits for a report and returns its lines.
func lines(t *testing.T, report string) []string {
	t.Helper()
	for range 6000 {
		if text, err := os.ReadFile(report); err == nil {
			return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the program did not finish")
	return nil
}

// open opens somePage in the browser that is found.
func open(t *testing.T, webBrowse ...string) error {
	t.Helper()
	browser, err := FindBrowser(webBrowse)
	if browser == nil {
		t.Fatal("found no browser: ", err)
	}
	return browser.Open(somePage)
}

// TestBrowserVariable: SCRIPT is the path of a browser, which has a blank in it, and a quote.
func TestBrowserVariable(t *testing.T) {
	for chosen, want := range map[string][]string{
		"SCRIPT":                                    {somePage},
		"SCRIPT --new-window":                       {"--new-window", somePage},
		"SCRIPT --new-window %s --private":          {"--new-window", somePage, "--private"},
		"SCRIPT --app=%s":                           {"--app=" + somePage},
		" SCRIPT  %s ":                              {somePage},
		`"SCRIPT" -P "my profile"`:                  {"-P", "my profile", somePage},
		`SCRIPT -P 'my "own" profile' --x=a\ b`:     {"-P", `my "own" profile`, "--x=a b", somePage},
		`SCRIPT -P "a\"b\c" ""`:                     {"-P", `a"b\c`, "", somePage},
		`"SCRIPT" "a:b":"SCRIPT"`:                   {"a:b", somePage},
		"/nonexistent/browser:SCRIPT":               {somePage},
		"no-such-browser -x %s:SCRIPT -y %s":        {"-y", somePage},
		"::SCRIPT:":                                 {somePage},
		"SCRIPT:/nonexistent/browser":               {somePage},
		"env A=b sh -c 'exec \"$0\" \"$@\"' SCRIPT": {somePage},
	} {
		path, report := script(t, "Web browser's", printArguments)
		if strings.HasPrefix(chosen, "env ") { // Here it is an argument, which needs quotes.
			chosen = strings.ReplaceAll(chosen, "SCRIPT", `"SCRIPT"`)
		}
		t.Setenv("BROWSER", strings.ReplaceAll(chosen, "SCRIPT", path))
		if err := open(t, "git", "web--browse"); err != nil {
			t.Errorf("%s: %v", chosen, err)
			continue
		}
		if got := lines(t, report); !slices.Equal(got, want) {
			t.Errorf("%s: got the arguments %q, want %q", chosen, got, want)
		}
	}
}

// TestBrowserVariableIsNoHelp: what the person has chosen is not replaced by something else.
func TestBrowserVariableIsNoHelp(t *testing.T) {
	path, report := script(t, "xdg-open", printArguments)
	t.Setenv("PATH", filepath.Dir(path))
	t.Setenv("DISPLAY", ":0")
	for _, chosen := range []string{"/nonexistent/browser", "no-such-browser:/nonexistent/browser", ":", " "} {
		t.Setenv("BROWSER", chosen)
		browser, err := FindBrowser([]string{"git", "web--browse"})
		if browser != nil || !errors.Is(err, ErrNoBrowser) || !strings.Contains(err.Error(), strconv.Quote(chosen)) {
			t.Errorf("%q: got %v, %v", chosen, browser, err)
		}
	}
	if _, err := os.Stat(report); err == nil {
		t.Error("the desktop's browser was opened")
	}
}

func TestBrowserOfGit(t *testing.T) {
	path, report := script(t, "git", printArguments)
	t.Setenv("BROWSER", "")
	t.Setenv("PATH", filepath.Dir(path)+":"+os.Getenv("PATH"))
	if err := open(t, "git", "web--browse"); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, report); !slices.Equal(got, []string{"web--browse", somePage}) {
		t.Errorf("git got %q", got)
	}
}

func TestBrowserOfTheDesktop(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("a Mac always has one, and it would open")
	}
	path, report := script(t, "x-www-browser", printArguments)
	t.Setenv("BROWSER", "")
	t.Setenv("PATH", filepath.Dir(path)+":/bin")
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if browser, _ := FindBrowser(nil); browser != nil {
		t.Errorf("without a desktop found %v", browser.commands)
	}
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	t.Setenv("PATH", filepath.Dir(path)) // No xdg-open there, so the next.
	browser, _ := FindBrowser(nil)
	if browser == nil || len(browser.commands) != 1 || browser.commands[0][0] != path {
		t.Fatalf("found %v", browser)
	}
	t.Setenv("PATH", filepath.Dir(path)+":/usr/bin:/bin") // for the script's mv
	if err := browser.Open(somePage); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, report); !slices.Equal(got, []string{somePage}) {
		t.Errorf("it got %q", got)
	}
}

// TestBrowserGetsNothing: git waits until the last of a helper's descriptors is closed, and a browser lives for days.
// Nor do our secrets concern it.
func TestBrowserGetsNothing(t *testing.T) {
	git, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer git.Close()
	inherited, err := syscall.Dup(int(ours.Fd())) // The copy is open to children, as what git leaves behind.
	if err != nil {
		t.Fatal(err)
	}
	path, report := script(t, "browser", `readlink /proc/$$/fd/0 /proc/$$/fd/2
		readlink /proc/$$/fd/* >$0.open # a pipeline would count its own pipe
		grep -c -e pipe: -e socket: $0.open
		env | grep -c GIT_CREDENTIAL_GRANT_
		env | grep KEPT
		read -r pid name state parent group session rest </proc/$$/stat
		test $pid = $session && echo own session`)
	t.Setenv("BROWSER", path)
	t.Setenv("GIT_CREDENTIAL_GRANT_CLIENT_SECRET", "secret")
	t.Setenv("GIT_CREDENTIAL_GRANT_PASSPHRASE", "secret")
	t.Setenv("KEPT_GIT_CREDENTIAL_GRANT", "kept")
	if err := open(t); err != nil {
		t.Fatal(err)
	}
	syscall.Close(inherited)
	ours.Close()
	// With a copy in the browser this read would wait for the browser's end.
	if n, err := git.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("the rest looks at /proc")
	}
	want := []string{"/dev/null", "/dev/null", "0", "0", "KEPT_GIT_CREDENTIAL_GRANT=kept", "own session"}
	if got := lines(t, report); !slices.Equal(got, want) {
		t.Errorf("the browser sees %q, want %q", got, want)
	}
}

// TestBrowserIsNotWaitedFor: this browser ends only after Open has returned.
func TestBrowserIsNotWaitedFor(t *testing.T) {
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	path, report := script(t, "browser", "cat "+gate)
	t.Setenv("BROWSER", path)
	if err := open(t); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(gate, []byte("opened\n"), 0); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, report); !slices.Equal(got, []string{"opened"}) {
		t.Errorf("got %q", got)
	}
}

// TestBrowserIsNoShell: an address is one argument, whatever it holds.
func TestBrowserIsNoShell(t *testing.T) {
	path, report := script(t, "browser", printArguments)
	t.Setenv("BROWSER", path+" ; true")
	if err := open(t); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, report); !slices.Equal(got, []string{";", "true", somePage}) {
		t.Errorf("got %q", got)
	}
}
