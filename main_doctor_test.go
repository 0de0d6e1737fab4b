package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() {
	commands["doctor"] = runDoctor
	commands["mend"] = mend
	commands["realm"] = startRealm
}

// startRealm starts a git host that says what it is, $REALM, and lets nobody in.
func startRealm(ts *testscript.TestScript, neg bool, args []string) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", args[0]))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	ts.Defer(host.Close)
	ts.Setenv("REALM", host.URL)
}

// runDoctor runs doctor, and checks that each of its problems ends with a hint, and each hint is a command or names one. The
// first argument is how many problems there are. What it said is the script's standard output.
func runDoctor(ts *testscript.TestScript, neg bool, args []string) {
	said, _ := examine(ts, args[1:])
	fmt.Fprint(ts.Stdout(), said)
	if hints := hintsIn(ts, said); fmt.Sprint(len(hints)) != args[0] {
		ts.Fatalf("%d problems, want %s:\n%s", len(hints), args[0], said)
	}
}

// mend pastes the hints of doctor into a shell, and checks that there is no problem after that.
func mend(ts *testscript.TestScript, neg bool, args []string) {
	said, _ := examine(ts, args)
	for _, hint := range hintsIn(ts, said) {
		shell := exec.Command("sh", "-c", hint)
		shell.Dir, shell.Env = ts.MkAbs("."), environment(ts)
		if out, err := shell.CombinedOutput(); err != nil {
			ts.Fatalf("%s: %v\n%s", hint, err, out)
		}
	}
	if again, err := examine(ts, args); err != nil {
		ts.Fatalf("%s\nafter its hints:\n%s", said, again)
	}
}

func examine(ts *testscript.TestScript, args []string) (said string, err error) {
	doctor := exec.Command("git-credential-grant", append([]string{"doctor"}, args...)...)
	doctor.Dir, doctor.Env = ts.MkAbs("."), environment(ts)
	var out bytes.Buffer
	doctor.Stdout, doctor.Stderr = &out, &out
	err = doctor.Run()
	return out.String(), err
}

// isCommand is what a hint is: a command, or words and a colon before one. The names of the hosts and files are in it.
var isCommand = regexp.MustCompile(`^(.*: )?([A-Z_]+=\S+ )?(git-credential-grant|git|chmod|curl|sudo|timedatectl) `)

// hintsIn returns the hints in what doctor said, one for each problem.
func hintsIn(ts *testscript.TestScript, said string) (hints []string) {
	problem := ""
	for line := range strings.Lines(said) {
		hint, isHint := strings.CutPrefix(strings.TrimSpace(line), "hint: ")
		switch {
		case strings.HasPrefix(line, "PROBLEM") && problem != "":
			ts.Fatalf("there is no hint for %s", problem)
		case strings.HasPrefix(line, "PROBLEM"):
			problem = line
		case isHint && (!isCommand.MatchString(hint) || strings.Contains(hint, "ORIGIN")):
			ts.Fatalf("this hint is no command: %s", hint)
		case isHint:
			hints = append(hints, hint)
			problem = ""
		}
	}
	if problem != "" {
		ts.Fatalf("there is no hint for %s", problem)
	}
	return hints
}
