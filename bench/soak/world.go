package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"git-credential-grant/testforge"
)

// lifetime is that of a token. The helper renews it when a tenth is left, which has to last for one git command.
const lifetime = 6 * time.Second

// A world is a forge, and a home in which git is set up for it.
type world struct {
	*testforge.Forge
	dir, helper string
	environment []string
}

// newWorld builds the helper, and starts a forge that takes a refresh token for ten more minutes after another has
// taken its place, as Bitbucket does.
func newWorld() (*world, error) {
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, helper: filepath.Join(dir, "bin", "git-credential-grant")}
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs,nethttpomithttp2", "-trimpath", "-ldflags=-s -w", "-o", w.helper, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	w.Forge, err = testforge.New(testforge.Options{Settings: testforge.Settings{
		Lifetime: lifetime, Grace: 10 * time.Minute, TokenDelay: 50 * time.Millisecond,
	}})
	if err != nil {
		return nil, err
	}
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w.environment = []string{
		"HOME=" + dir, "PATH=" + filepath.Dir(w.helper) + ":" + os.Getenv("PATH"), "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_CREDENTIAL_GRANT_STORE=file",
		"BROWSER=" + own + " browser", "TESTFORGE_LOG=" + filepath.Join(dir, "windows"),
	}
	config := fmt.Sprintf(`[user]
	name = A
	email = a@example.com
[init]
	defaultBranch = main
[gc]
	auto = 0
[credential]
	helper = grant
[credential %q]
	provider = bitbucket
	oauthUserInfoURL = /2.0/user
	oauthClientId = %s
	oauthClientSecret = %s
`, w.URL, w.ClientID, w.ClientSecret)
	return w, os.WriteFile(filepath.Join(dir, ".gitconfig"), []byte(config), 0o600)
}

func (w *world) close() {
	w.Forge.Close()
	os.RemoveAll(w.dir)
}

// git runs git, and returns what it says if it fails.
func (w *world) git(args ...string) (said string, err error) {
	command := exec.Command("git", args...)
	command.Dir, command.Env = w.dir, w.environment
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	return out.String(), err
}

// begin signs in, and makes each worker a clone.
func (w *world) begin(workers int) error {
	if err := w.CreateRepo("acme/app"); err != nil {
		return err
	}
	for i := range workers {
		if said, err := w.git("clone", "-q", w.CloneURL("acme/app"), fmt.Sprint("work", i)); err != nil {
			return fmt.Errorf("%w\n%s", err, said)
		}
	}
	return nil
}

// end is the last command, when all trouble is over and the token has run out: it shows that the sign-in still lives.
func (w *world) end() error {
	time.Sleep(lifetime)
	if said, err := w.git("ls-remote", "-q", w.CloneURL("acme/app")); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// windows is how many browser windows were opened.
func (w *world) windows() int {
	log, _ := os.ReadFile(filepath.Join(w.dir, "windows"))
	return bytes.Count(log, []byte("\n"))
}

// An operation is one git command that was run.
type operation struct {
	verb       string
	began, end time.Time
	failed     string // what it said, "" if all was well
}

// work runs operations, several at once.
func (w *world) work(operations, workers int) []operation {
	var left atomic.Int64
	left.Store(int64(operations))
	all := make([][]operation, workers)
	var running sync.WaitGroup
	for i := range workers {
		running.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				all[i] = append(all[i], w.operate(i))
				if n%1000 == 0 {
					fmt.Fprintln(os.Stderr, n, "operations left")
				}
			}
		})
	}
	running.Wait()
	var done []operation
	for _, some := range all {
		done = append(done, some...)
	}
	return done
}

// operate runs one git command, mostly one that reads.
func (w *world) operate(worker int) operation {
	clone := fmt.Sprint("work", worker)
	verb, args := "ls-remote", []string{"-C", clone, "ls-remote", "-q"}
	switch n := rand.N(100); {
	case n < 20:
		w.git("-C", clone, "commit", "-q", "--allow-empty", "-m", "more")
		verb, args = "push", []string{"-C", clone, "push", "-q", "origin", "HEAD:" + clone}
	case n < 55:
		verb, args = "fetch", []string{"-C", clone, "fetch", "-q"}
	}
	o := operation{verb: verb, began: time.Now()}
	said, err := w.git(args...)
	o.end = time.Now()
	if err != nil {
		o.failed = strings.TrimSpace(said) + " " + err.Error()
	}
	return o
}
