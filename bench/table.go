//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// table measures each promise of speed.
func (w *world) table(r *report, rounds int) {
	r.heads("promise", "measured", "at most", "")
	w.times(r, rounds)
	w.fetches(r, max(rounds/2, 5))
	w.counts(r)
	w.crowds(r)
	w.sizes(r)
}

// times compares single calls of the helpers.
func (w *world) times(r *report, rounds int) {
	get := func(line string) program { return w.helper(line, "get", w.request()) }
	own := w.credential() + "capability[]=state\nstate[]=" + w.state + "\n"
	keep := func(line string) program { return w.helper(line, "store", own) }
	programs := []program{
		get(libsecret), get(ours),
		get(w.plain()), get(oursFile),
		keep(cache), keep(ours), {args: []string{ours, "--version"}},
		w.helper(oursFile, "store", w.credential()), w.helper(ours, "store", w.credentialWith(w.tokenIn(ours))),
		get(cache), keep(oauth), {args: []string{"constant"}}, {args: []string{"hello"}}, {args: []string{"bus"}},
	}
	times := compare(rounds, programs...)
	row := func(what string, us, peer int, limit float64) {
		r.ratio(what, times[us], times[peer], limit)
	}
	row("`get` on Secret Service, to git-credential-libsecret's", 1, 0, 0.45)
	row("`get` on `file`, to git-credential-store's", 3, 2, 2.5)
	row("`store` of our own token, to git-credential-cache's `store`", 5, 4, 2)
	row("`--version`, to git-credential-cache's `store`", 6, 4, 2)
	row("the same `store` from git before 2.46, on `file`, to git-credential-store's `get`", 7, 2, 0)
	row("the same `store` from git before 2.46, on Secret Service, to git-credential-libsecret's `get`", 8, 0, 0)
	row("`store` of our own token, to git-credential-oauth's `store`, which keeps nothing", 5, 10, 0)
	row("`get` on `file`, to git-credential-cache's `get`", 3, 9, 0)
	row("`get` on `file`, to a C program that prints a constant", 3, 11, 0)
	row("`get` on `file`, to a Go program that prints a constant", 3, 12, 0)
	row("`get` on Secret Service, to a Go program that makes its calls and nothing else", 1, 13, 0)
}

// ratio is a row with two times. Without a limit it is only for information.
func (r *report) ratio(what string, times, base []time.Duration, limit float64) {
	value := ratio(times, base)
	figure := fmt.Sprintf("%.2f (%.2f ms to %.2f ms)", value, milliseconds(median(times)), milliseconds(median(base)))
	if limit == 0 {
		r.line("| %s | %s | | |", what, figure)
		return
	}
	r.verdict(what, figure, fmt.Sprint(limit), value <= limit)
}

// fetches compares whole git commands, of this system's git and of a later one.
func (w *world) fetches(r *report, rounds int) {
	clone := filepath.Join(w.dir, "app")
	fetch := func(root string, lines ...string) program {
		args := []string{"git", "-C", clone, "-c", "credential.helper="}
		for _, line := range lines {
			args = append(args, "-c", "credential.helper="+strings.TrimPrefix(line, "git-credential-"))
		}
		return program{args: append(args, "fetch"), root: root}
	}
	check(exec.Command("git", "-c", "credential.helper="+strings.TrimPrefix(ours, "git-credential-"),
		"clone", "--quiet", w.forge+"/acme/app.git", clone).Run())
	path, err := exec.LookPath(ours)
	check(err)
	later := os.Getenv("SECOND_GIT")
	if status := (program{args: []string{ours, "status"}, root: later}).output(); !strings.Contains(status, "secret-service") {
		fail("with the later git the store is another:\n%s", status)
	}
	times := compare(rounds, fetch("", w.plain()), fetch("", oursFile), fetch("", ours), fetch("", path),
		fetch(later, w.plain()), fetch(later, oursFile), fetch(later, ours), fetch(later, path),
		fetch("", libsecret), fetch("", cache, oauth))
	for i, git := range []string{"", later} {
		version := strings.TrimSpace(strings.Replace(program{args: []string{"git", "version"}, root: git}.output(), "version ", "", 1))
		row := func(what string, us int, limit float64) {
			r.ratio(version+": `git fetch` of nothing on loopback with "+what+", to the same with git-credential-store",
				times[4*i+us], times[4*i], limit)
		}
		row("`file`", 1, 1.3)
		row("Secret Service", 2, 1.3)
		row("Secret Service and the path of the program as `credential.helper`", 3, 1.3)
	}
	r.ratio("`git fetch` with Secret Service, to the same with git-credential-libsecret", times[2], times[8], 0)
	r.ratio("`git fetch` with Secret Service, to the same with git-credential-cache and git-credential-oauth", times[2], times[9], 0)
}

// sizes are those of the process and of its file.
func (w *world) sizes(r *report) {
	const limit = 10 << 20
	path, err := exec.LookPath(ours)
	check(err)
	info, err := os.Stat(path)
	check(err)
	for _, line := range []string{ours, oursFile} {
		most := 0
		for range 20 {
			most = max(most, w.memory(line))
		}
		r.verdict("memory of `"+line+" get`", fmt.Sprintf("%.2f MB", float64(most)/(1<<20)), "10 MB", most <= limit)
	}
	r.verdict("the stripped program", fmt.Sprintf("%d bytes", info.Size()), fmt.Sprint(limit), info.Size() <= limit)
}

// memory is the largest resident set of a get. A small program has to start it: a process begins with the size of its
// parent.
func (w *world) memory(line string) int {
	out := filepath.Join(w.dir, "memory")
	p := w.helper(line, "get", w.request())
	p.args = append([]string{"time", "--format=%M", "--output=" + out}, p.args...)
	p.run()
	said, err := os.ReadFile(out)
	check(err)
	kilobytes, err := strconv.Atoi(strings.TrimSpace(string(said)))
	check(err)
	return kilobytes << 10
}
