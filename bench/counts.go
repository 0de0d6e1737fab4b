//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// counts looks at the system calls of what git calls on the way where nothing is wrong.
func (w *world) counts(r *report) {
	own := w.helper(ours, "store", w.credential()+"capability[]=state\nstate[]="+w.state+"\n")
	get := w.helper(ours, "get", w.request())
	getFile := w.helper(oursFile, "get", w.request())
	for _, p := range []program{get, getFile, own} {
		calls := w.trace(p)
		r.zero(fmt.Sprintf("other processes, git config among them: `%s`", p), len(started.FindAllString(calls, -1))-1)
		r.zero(fmt.Sprintf("network connections: `%s`", p), len(network.FindAllString(calls, -1)))
	}
	quiet := []program{{args: []string{ours, "--help"}}, {args: []string{ours, "--version"}}, own, getFile}
	for _, p := range quiet {
		r.zero(fmt.Sprintf("D-Bus connections: `%s`", p), len(local.FindAllString(w.trace(p), -1)))
	}
	w.underHungBus(r, quiet)
}

var (
	started = regexp.MustCompile(`(?m)\bexecve(at)?\(.*= 0$`)
	network = regexp.MustCompile(`(?m)\bconnect\(.*sa_family=AF_INET`)
	local   = regexp.MustCompile(`(?m)\bconnect\(.*sa_family=AF_UNIX`)
)

// trace returns the system calls of a program and its children.
func (w *world) trace(p program) string {
	out := filepath.Join(w.dir, "trace")
	p.args = append([]string{"strace", "-f", "-qq", "-e", "trace=execve,execveat,connect", "-o", out}, p.args...)
	p.run()
	calls, err := os.ReadFile(out)
	check(err)
	return string(calls)
}

// underHungBus runs programs under a bus that accepts and never answers.
func (w *world) underHungBus(r *report, programs []program) {
	socket := filepath.Join(w.dir, "hung")
	bus, err := net.Listen("unix", socket)
	check(err)
	defer bus.Close()
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	defer os.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	for _, p := range programs {
		slowest := time.Duration(0)
		for range 20 {
			slowest = max(slowest, p.run())
		}
		connections := len(local.FindAllString(w.trace(p), -1))
		r.verdict(fmt.Sprintf("D-Bus connections under a hung bus: `%s`", p),
			fmt.Sprintf("%d, slowest of 20 %.1f ms", connections, milliseconds(slowest)), "0", connections == 0)
	}
}

// crowds has 64 processes at once update one record, and read it.
func (w *world) crowds(r *report) {
	w.initPass()
	const crowd = 64
	for _, store := range []string{"secret-service", "file", "pass", "keyctl"} {
		errors, found := w.crowd(ours+" --store "+store, crowd)
		r.verdict(fmt.Sprintf("%d processes at once on %s", crowd, store), fmt.Sprintf("%d errors, %d of %d updates", errors, found, crowd),
			"0 errors", errors == 0 && found == crowd)
	}
	errors, refreshes := w.crowdInside(crowd)
	r.verdict(fmt.Sprintf("%d processes at once through an agent, whose token was refused", crowd),
		fmt.Sprintf("%d errors, %d refresh", errors, refreshes), "0 errors, 1 refresh", errors == 0 && refreshes == 1)
}

// crowdInside returns how many processes fail that ask an agent for a new token, and how many of those the forge has issued.
func (w *world) crowdInside(size int) (errors, refreshes int) {
	refreshed := func() (count int) {
		stats := program{args: []string{"testforge", "ctl", w.forge, "stats"}}.output()
		_, err := fmt.Sscan(between(stats, "refresh_ok ", "\n"), &count)
		check(err)
		return count
	}
	w.helper(oursFile, "erase", w.credential()).run()
	before := refreshed()
	var readings []*exec.Cmd
	answers := make([]strings.Builder, size)
	for i := range size {
		readings = append(readings, w.helper(w.throughAgent(), "get", w.request()).command())
		readings[i].Stdout = &answers[i]
	}
	errors = together(readings)
	w.token = w.tokenIn(oursFile)
	for i := range answers {
		if !strings.Contains(answers[i].String(), "password="+w.token+"\n") {
			errors++
		}
	}
	return errors, refreshed() - before
}

// crowd returns how many processes fail, and how many of their updates are found afterwards.
func (w *world) crowd(line string, size int) (errors, found int) {
	const host = "protocol=https\nhost=crowd.example\n"
	var updates, readings []*exec.Cmd
	kept := make([]strings.Builder, size)
	for i := range size {
		user := fmt.Sprintf("username=user-%d\n", i)
		updates = append(updates, w.helper(line, "store", host+user+fmt.Sprintf("password=secret %d\n", i)).command())
		readings = append(readings, w.helper(line, "get", host+user).command())
		readings[i].Stdout = &kept[i]
	}
	defer w.helper(line, "erase", host).run() // the kernel's keyring outlasts the run
	errors = together(updates) + together(readings)
	for i := range kept {
		if strings.Contains(kept[i].String(), fmt.Sprintf("password=secret %d\n", i)) {
			found++
		}
	}
	return errors, found
}

// together returns how many of the commands fail when they run at once, and shows why.
func together(commands []*exec.Cmd) (errors int) {
	said := make([]strings.Builder, len(commands))
	for i, command := range commands {
		command.Stderr = &said[i]
		check(command.Start())
	}
	for i, command := range commands {
		if command.Wait() != nil {
			errors++
			fmt.Fprint(os.Stderr, said[i].String())
		}
	}
	return errors
}

func (w *world) initPass() {
	check(os.MkdirAll(os.Getenv("GNUPGHOME"), 0o700))
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "bench@example.com", "rsa2048", "encrypt", "never"},
		{"pass", "init", "bench@example.com"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			fail("%s: %v\n%s", args[0], err, out)
		}
	}
}
