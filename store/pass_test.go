//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What pass cannot read is not taken for nothing.
func TestPassFails(t *testing.T) {
	initPass(t)
	s := openStore(t, "pass", Options{Dir: t.TempDir()})
	put(t, s, key, "value")
	t.Setenv("GNUPGHOME", shortDir(t)) // without the key
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	t.Setenv("PASSWORD_STORE_DIR", "/dev/null/store")
	s = openStore(t, "pass", Options{Dir: t.TempDir()})
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// A pass that asks and gets no answer is ended, and is no missing item.
func TestHungPass(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	script := "#!/bin/sh\necho $$ >" + started + "\nexec sleep 1000\n"
	if err := os.WriteFile(filepath.Join(dir, "pass"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("PASSWORD_STORE_DIR", dir)
	item := filepath.Join(dir, application, newItem(key).name+".gpg")
	if err := errors.Join(os.Mkdir(filepath.Dir(item), 0o700), os.WriteFile(item, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	defer func(before patience) { slow = before }(slow)
	slow = patience{alone: time.Second, attended: time.Second}
	_, err := openStore(t, "pass", Options{Dir: t.TempDir()}).Get(t.Context(), key)
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
	text, err := os.ReadFile(started)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("pass still runs: %v", err)
	}
}

// A password store can be a git repository, where each change is a commit. None of many at once is lost.
func TestPassInGit(t *testing.T) {
	initPass(t)
	for _, role := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+role+"_NAME", "A")
		t.Setenv("GIT_"+role+"_EMAIL", "a@example.com")
	}
	output(t, "pass", "git", "init")
	const changes = 8
	s := openStore(t, "pass", Options{Dir: t.TempDir()})
	var all sync.WaitGroup
	for i := range changes {
		all.Go(func() {
			key := fmt.Sprint(key, i)
			err := s.Update(t.Context(), key, func([]byte) ([]byte, error) { return []byte(key), nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if commits := output(t, "pass", "git", "log", "--format=%s", "--", application); strings.Count(commits, "\n") != changes-1 {
		t.Errorf("want %d commits, got\n%s", changes, commits)
	}
}

// What root has pass write for a person belongs to that person.
func TestPassOfAPerson(t *testing.T) {
	home := homeOf(t, ordinaryUser)
	initPass(t)
	output(t, "gpgconf", "--kill", "all")
	for _, dir := range []string{os.Getenv("GNUPGHOME"), os.Getenv("PASSWORD_STORE_DIR")} {
		output(t, "chown", "-R", fmt.Sprint(ordinaryUser, ":", ordinaryUser), dir)
	}
	s := openStore(t, "pass", Options{})
	put(t, s, key, "value")
	wantValue(t, s, key, "value")
	for _, dir := range []string{home, os.Getenv("PASSWORD_STORE_DIR")} {
		wantOwner(t, dir, ordinaryUser)
	}
}

// An item is the text that it has always been, and one that 99designs/keyring has written can be read.
func TestGoldenPass(t *testing.T) {
	initPass(t)
	golden, err := os.ReadFile(filepath.Join("testdata", "golden", "pass.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, "pass", Options{Dir: t.TempDir()})
	put(t, s, goldenKey, goldenValue)
	if got := output(t, "pass", "show", "git-credential-grant/"+goldenName); got != string(golden) {
		t.Errorf("got  %s\nwant %s", got, golden)
	}
	for text, want := range map[string]string{
		string(golden): goldenValue,
		`{"Key":"v1","Data":"dmFsdWU=","Label":"l","Description":"","KeychainNotTrustApplication":false}`: "value",
	} {
		insert := exec.Command("pass", "insert", "--multiline", "--force", "git-credential-grant/"+goldenName)
		insert.Stdin = strings.NewReader(text)
		if out, err := insert.CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		wantValue(t, s, goldenKey, want)
	}
}
