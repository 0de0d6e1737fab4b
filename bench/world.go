//go:build linux

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A world is a forge, a person who has signed in there in every store, and a session bus with a keyring.
type world struct {
	dir      string
	forge    string // its URL
	host     string
	token    string
	state    string // what git tells of it in a store
	children []*exec.Cmd
}

// The helpers as git calls them. The stores of ours are all on this machine.
const (
	ours      = "git-credential-grant"
	oursFile  = "git-credential-grant --store file"
	libsecret = "git-credential-libsecret"
	cache     = "git-credential-cache"
)

// libsecretLimit is the size of the largest token that git-credential-libsecret takes: with git 2.39 it reads lines of
// up to 1,023 bytes, and refuses or cuts longer ones.
const libsecretLimit = 1000

// plain is git's own store, in a file of its own.
func (w *world) plain() string {
	return "git-credential-store --file=" + filepath.Join(w.dir, "credentials")
}

func newWorld() *world {
	dir, err := os.MkdirTemp("", "world")
	check(err)
	return &world{dir: dir}
}

func (w *world) populate() {
	w.startKeyring()
	w.startForge()
	w.signIn(oursFile)
	w.signIn(ours) // last, because two stores of one origin share the note of the token in use
	w.token = w.tokenIn(oursFile)
	answer := w.helper(oursFile, "get", "capability[]=state\n"+w.request()).output()
	w.startAgent()
	w.state = between(answer, "state[]=", "\n")
	for _, peer := range []string{libsecret, cache, w.plain()} {
		w.helper(peer, "store", w.credential()).run()
		if !strings.Contains(w.helper(peer, "get", w.request()).output(), w.token) {
			fail("%s does not answer", peer)
		}
	}
}

// startAgent has one answer at a socket with what is in the file.
func (w *world) startAgent() {
	w.start(exec.Command(ours, "--store", "file", "agent", "--allow", w.forge, "--log", os.DevNull, w.socket()))
	await("the agent", func() bool { _, err := os.Stat(w.socket()); return err == nil })
}

func (w *world) socket() string { return filepath.Join(w.dir, "agent.sock") }

// throughAgent is ours as git calls it in a sandbox.
func (w *world) throughAgent() string { return ours + " --via " + w.socket() }

// request is what git asks, and credential what it tells once that has worked.
func (w *world) request() string { return "protocol=http\nhost=" + w.host + "\n" }

func (w *world) credential() string {
	return w.request() + "username=x-token-auth\npassword=" + w.token + "\n"
}

// tokenIn is that of the sign-in in one of our stores.
func (w *world) tokenIn(line string) string {
	return strings.TrimSpace(program{args: append(strings.Fields(line), "token", w.forge)}.output())
}

// file returns a file with a text.
func (w *world) file(text string) string {
	file, err := os.CreateTemp(w.dir, "message")
	check(err)
	defer file.Close()
	_, err = file.WriteString(text)
	check(err)
	return file.Name()
}

// start starts a program that runs until the end.
func (w *world) start(command *exec.Cmd) {
	check(command.Start())
	w.children = append(w.children, command)
}

func (w *world) end() {
	exec.Command(cache, "exit").Run()
	exec.Command("gpgconf", "--kill", "all").Run()
	for _, child := range w.children {
		child.Process.Kill()
		child.Wait()
	}
	os.RemoveAll(w.dir)
}

func (w *world) startKeyring() {
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	daemon.Stdin = strings.NewReader("secret\n")
	w.start(daemon)
	await("the keyring", func() bool {
		// A call to a service that does not run yet would have the bus start another one.
		if !strings.Contains(said("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus",
			"/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"), "boolean true") {
			return false
		}
		return strings.Contains(said("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets",
			"/org/freedesktop/secrets", "org.freedesktop.Secret.Service.ReadAlias", "string:default"), "/collection/")
	})
}

func (w *world) startForge() {
	ready := filepath.Join(w.dir, "ready")
	w.start(exec.Command("testforge", "serve", "--ready", ready, "--repo", "acme/app", "--consent", "auto:alice",
		"--token-bytes", fmt.Sprint(libsecretLimit)))
	await("the forge", func() bool { _, err := os.Stat(ready); return err == nil })
	said, err := os.ReadFile(ready)
	check(err)
	w.forge = between(string(said), "FORGE_URL=", "\n")
	parsed, err := url.Parse(w.forge)
	check(err)
	w.host = parsed.Host
	for name, value := range map[string]string{
		"provider":          "bitbucket",
		"oauthClientId":     between(string(said), "FORGE_CLIENT_ID=", "\n"),
		"oauthClientSecret": between(string(said), "FORGE_CLIENT_SECRET=", "\n"),
		"oauthUserInfoURL":  "/2.0/user",
		"oauthAuthURL":      "/site/oauth2/authorize",
		"oauthTokenURL":     "/site/oauth2/access_token",
	} {
		check(exec.Command("git", "config", "--global", "credential."+w.forge+"."+name, value).Run())
	}
}

// signIn signs in as a person does, in a scripted browser.
func (w *world) signIn(line string) {
	check(os.Setenv("BROWSER", "testforge browser"))
	program{args: append(strings.Fields(line), "login", w.forge)}.run()
}

func await(what string, ready func() bool) {
	for range 200 {
		if ready() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	fail("%s does not start", what)
}

// between returns what stands between two strings.
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	value, _, ended := strings.Cut(rest, after)
	if !found || !ended {
		fail("no %q in %q", before, text)
	}
	return value
}
