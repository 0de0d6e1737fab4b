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
	own := w.credential() + "capability[]=state\nstate[]=" + w.state + "\n"
	live := func(line string) program { return w.helper("", line, "get", w.request()) }
	for what, p := range map[string]program{
		"`get` on Secret Service": live(ours), "`get` on `file`": live(oursFile), "`store` of our own token": w.helper("", ours, "store", own),
	} {
		calls := w.trace(p)
		r.zero("other processes, git config among them: "+what, len(started.FindAllString(calls, -1))-1)
		r.zero("network connections: "+what, len(network.FindAllString(calls, -1)))
	}
	quiet := map[string]program{
		"`--help`": {args: []string{ours, "--help"}}, "`--version`": {args: []string{ours, "--version"}},
		"`store` of our own token": w.helper("", ours, "store", own), "`get` on `file`": live(oursFile),
	}
	for what, p := range quiet {
		r.zero("D-Bus connections: "+what, len(local.FindAllString(w.trace(p), -1)))
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
func (w *world) underHungBus(r *report, programs map[string]program) {
	socket := filepath.Join(w.dir, "hung")
	bus, err := net.Listen("unix", socket)
	check(err)
	defer bus.Close()
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	defer os.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	for what, p := range programs {
		slowest := time.Duration(0)
		for range 20 {
			slowest = max(slowest, p.run())
		}
		connections := len(local.FindAllString(w.trace(p), -1))
		r.verdict("D-Bus connections under a hung bus: "+what, fmt.Sprintf("%d, slowest of 20 %.1f ms", connections, milliseconds(slowest)),
			"0", connections == 0)
	}
}

// crowds has 64 processes at once update one record, and read it.
func (w *world) crowds(r *report) {
	w.initPass()
	const crowd = 64
	for _, store := range []string{"secret-service", "file", "pass", "keyctl"} {
		line := ours + " --store " + store
		errors, host := 0, "crowd."+store
		var updates, readings []*exec.Cmd
		for i := range crowd {
			user := fmt.Sprint("user-", i)
			updates = append(updates, w.helper("", line, "store", credentialOf(host, user, "secret of "+user)).command())
			readings = append(readings, w.helper("", line, "get", "protocol=https\nhost="+host+"\nusername="+user+"\n").command())
		}
		defer w.helper("", line, "erase", "protocol=https\nhost="+host+"\n").run() // the kernel's keyring outlasts the run
		errors += together(updates)
		kept := make([]strings.Builder, crowd)
		for i, reading := range readings {
			reading.Stdout = &kept[i]
		}
		errors += together(readings)
		found := 0
		for i := range kept {
			if strings.Contains(kept[i].String(), fmt.Sprintf("password=secret of user-%d\n", i)) {
				found++
			}
		}
		r.verdict(fmt.Sprintf("%d processes at once on %s", crowd, store), fmt.Sprintf("%d errors, %d of %d updates", errors, found, crowd),
			"0 errors", errors == 0 && found == crowd)
	}
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
