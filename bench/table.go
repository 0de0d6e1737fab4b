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
		get(w.throughAgent()),
	}
	times := compare(rounds, programs...)
	row := func(what string, us, peer int, limit float64) {
		r.ratio(what, times[us], times[peer], limit)
	}
	row("`get` on Secret Service, to git-credential-libsecret's", 1, 0, 0.40)
	row("`get` on `file`, to git-credential-store's", 3, 2, 2.0)
	row("`get` through an agent, to a direct one on `file`", 7, 3, 1.3)
	row("`store` of our own token, to git-credential-cache's `store`", 5, 4, 1.7)
	row("`--version`, to git-credential-cache's `store`", 6, 4, 1.7)
}

// ratio is a row with two times.
func (r *report) ratio(what string, times, base []time.Duration, limit float64) {
	value := ratio(times, base)
	figure := fmt.Sprintf("%.2f (%.2f ms to %.2f ms)", value, milliseconds(median(times)), milliseconds(median(base)))
	r.verdict(what, figure, fmt.Sprint(limit), value <= limit)
}

// fetches compares whole git commands, of this system's git and of a later one.
func (w *world) fetches(r *report, rounds int) {
	clone := filepath.Join(w.dir, "app")
	fetch := func(root, line string) program {
		return program{root: root, args: []string{"git", "-C", clone, "-c", "credential.helper=",
			"-c", "credential.helper=" + strings.TrimPrefix(line, "git-credential-"), "fetch"}}
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
		fetch(later, w.plain()), fetch(later, oursFile), fetch(later, ours), fetch(later, path))
	for i, git := range []string{"", later} {
		version := strings.TrimSpace(strings.Replace(program{args: []string{"git", "version"}, root: git}.output(), "version ", "", 1))
		row := func(what string, us int) {
			r.ratio(version+": `git fetch` of nothing on loopback with "+what+", to the same with git-credential-store",
				times[4*i+us], times[4*i], 1.3)
		}
		row("`file`", 1)
		row("Secret Service", 2)
		row("Secret Service and the path of the program as `credential.helper`", 3)
	}
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
