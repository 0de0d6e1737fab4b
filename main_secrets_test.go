package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// noSecrets runs a command with every trace that git and the helper have, and checks that no secret of the forge is
// in what they say, in the traces, in files other than the keyring's and the person's own settings, or in the arguments
// and environments of the processes that they start. The answers that are written for git are checked elsewhere.
func noSecrets(ts *testscript.TestScript, neg bool, args []string) {
	command := scripted(ts, args...)
	command.Env = append(command.Env, watched+"=1", "GIT_CREDENTIAL_GRANT_TRACE=1",
		"GIT_TRACE="+ts.MkAbs("trace"), "GIT_TRACE_CURL="+ts.MkAbs("trace-curl"), "GIT_TRACE2_EVENT="+ts.MkAbs("trace2"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	ts.Check(command.Start())
	over := make(chan struct{})
	processes := make(chan map[string]string)
	go func() { processes <- watchProcesses(over) }()
	err := command.Wait()
	close(over)
	seen := <-processes
	if (err != nil) != neg {
		ts.Fatalf("%v\n%s", err, said.String())
	}
	if len(seen) == 0 {
		ts.Fatalf("saw no process")
	}
	fmt.Fprint(ts.Stdout(), said.String())
	fmt.Fprintln(ts.Stdout(), len(seen), "processes seen")

	s := secretsOf(ts)
	s.check(ts, "what is said", said.String())
	for pid, text := range seen {
		s.check(ts, "process "+pid, text)
	}
	s.checkFiles(ts)
	s.checkTrace(ts, said.String())
}

// watched marks the environment of the processes to look at; those of the forge do not have it.
const watched = "WATCHED_FOR_SECRETS"

// watchProcesses returns the arguments and environments of all marked processes there were until over.
func watchProcesses(over <-chan struct{}) map[string]string {
	seen := map[string]string{}
	for {
		environments, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, file := range environments {
			environment, err := os.ReadFile(file)
			if err == nil && bytes.Contains(environment, []byte(watched)) {
				arguments, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
				seen[filepath.Base(filepath.Dir(file))+" "+string(arguments)] = string(arguments) + string(environment)
			}
		}
		select {
		case <-over:
			return seen
		case <-time.After(time.Millisecond):
		}
	}
}

// secrets are what may be nowhere: words that only secrets of the forge hold, and the verifiers of the sign-ins, of
// which only the challenges are known.
type secrets struct {
	challenges map[string]bool
	states     []string
}

var secretWords = []string{"access-", "refresh-", "code-", "forge-secret", "open sesame",
	base64.RawStdEncoding.EncodeToString([]byte("x-token-auth:access-"))[:26],
	base64.RawStdEncoding.EncodeToString([]byte("forge-client:forge-secret"))[:33],
}

func secretsOf(ts *testscript.TestScript) secrets {
	s := secrets{challenges: map[string]bool{}}
	for address := range strings.Lines(ts.ReadFile(ts.Getenv("TESTFORGE_LOG"))) {
		u, err := url.Parse(strings.TrimSpace(address))
		ts.Check(err)
		s.challenges[u.Query().Get("code_challenge")] = true
		s.states = append(s.states, u.Query().Get("state"))
	}
	return s
}

func (s secrets) check(ts *testscript.TestScript, where, text string) {
	for _, word := range secretWords {
		if at := strings.Index(text, word); at >= 0 {
			ts.Fatalf("%s in %s: …%q…", word, where, text[max(0, at-80):min(len(text), at+80)])
		}
	}
	for _, word := range regexp.MustCompile(`[A-Za-z0-9_-]{43,}`).FindAllString(text, -1) {
		for i := range len(word) - 42 {
			sum := sha256.Sum256([]byte(word[i : i+43]))
			if s.challenges[base64.RawURLEncoding.EncodeToString(sum[:])] {
				ts.Fatalf("a PKCE verifier in %s", where)
			}
		}
	}
}

// checkFiles looks at every file but the keyring's and the person's settings.
func (s secrets) checkFiles(ts *testscript.TestScript) {
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "git-credential-grant":
			return fs.SkipDir
		case !entry.Type().IsRegular(), path == filepath.Join(ts.Getenv("HOME"), ".gitconfig"):
			return nil
		}
		text, err := os.ReadFile(path)
		s.check(ts, path, string(text))
		return err
	}))
}

// checkTrace looks for the states in the traces. The person is shown the address, which has one in it, and no trace
// repeats that.
func (s secrets) checkTrace(ts *testscript.TestScript, said string) {
	steps := 0
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "git-credential-grant: ") {
			steps++
			s.checkStates(ts, line)
		}
	}
	if steps < 50 {
		ts.Fatalf("only %d lines of trace", steps)
	}
	for _, trace := range []string{"trace", "trace-curl", "trace2"} {
		s.checkStates(ts, ts.ReadFile(trace))
	}
}

func (s secrets) checkStates(ts *testscript.TestScript, text string) {
	for _, state := range s.states {
		if strings.Contains(text, state) {
			ts.Fatalf("a state in %s", text)
		}
	}
}
