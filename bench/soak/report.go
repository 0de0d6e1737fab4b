package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A report is what came of it all.
type report struct {
	operations, workers int
	took                time.Duration
	verbs, failures     map[string]int
	events, faults      map[string]int
	renewals, reuse     int
	windows, exchanges  int
	unexplained         []string
	git                 string
	last                error
}

func newReport(w *world, done []operation, t *trouble, workers int, took time.Duration) *report {
	stats := w.Stats()
	version, _ := exec.Command("git", "version").Output()
	r := &report{
		operations: len(done), workers: workers, took: took.Round(time.Second),
		verbs: map[string]int{}, failures: map[string]int{}, events: map[string]int{}, faults: map[string]int{},
		renewals: stats["refresh_ok"], reuse: stats["refresh_reuse"] + stats["refresh_refused"],
		windows: w.windows(), exchanges: stats["exchange_ok"], git: strings.TrimSpace(string(version)),
	}
	for _, e := range t.events {
		r.events[e.kind]++
		if e.kind == faulty {
			r.faults[e.what]++
		}
	}
	for _, o := range done {
		r.verbs[o.verb]++
		if o.failed == "" {
			continue
		}
		cause := t.cause(o)
		r.failures[cause]++
		if cause == "" {
			r.unexplained = append(r.unexplained, o.verb+" at "+o.began.Format(time.StampMilli)+": "+o.failed)
		}
	}
	return r
}

// lost is how many sign-ins had to be made again.
func (r *report) lost() int { return r.exchanges - 1 }

// String is the report as the document has it.
func (r *report) String() string {
	var b strings.Builder
	row := func(what string, value any) { fmt.Fprintf(&b, "| %s | %v |\n", what, value) }
	b.WriteString("| | |\n|---|---|\n")
	row("git commands", fmt.Sprintf("%d, %d at once, in %v", r.operations, r.workers, r.took))
	row("of these ls-remote, fetch, push", fmt.Sprintf("%d, %d, %d", r.verbs["ls-remote"], r.verbs["fetch"], r.verbs["push"]))
	row("tokens renewed", r.renewals)
	row("faults of the token endpoint", fmt.Sprintf("%d, of %d kinds", r.events[faulty], len(r.faults)))
	row("tokens revoked before their time", r.events[revoked])
	row("helpers killed by SIGKILL", r.events[killed])
	row("refresh tokens sent in vain", r.reuse)
	row("browser windows", r.windows)
	row("lost sign-ins", r.lost())
	for _, cause := range []string{faulty, revoked, killed} {
		row("git commands that failed by "+cause, r.failures[cause])
	}
	row("git commands that failed by anything else", len(r.unexplained))
	fmt.Fprintf(&b, "\n%s on %d processors, %s.\n", r.git, runtime.NumCPU(), runtime.GOOS)
	return b.String()
}

// verdict is what must not have happened.
func (r *report) verdict() error {
	var errs []error
	for _, failure := range r.unexplained {
		errs = append(errs, errors.New(failure))
	}
	if r.lost() != 0 || r.windows != 1 || r.reuse != 0 {
		errs = append(errs, fmt.Errorf("%d sign-ins were lost, %d windows, %d refresh tokens in vain", r.lost(), r.windows, r.reuse))
	}
	return errors.Join(append(errs, r.last)...)
}

const (
	begin = "<!-- written by bench/soak -->\n"
	end   = "<!-- end -->\n"
)

// writeInto puts the report between the two marks in a document.
func (r *report) writeInto(document string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the figures", document)
	}
	return os.WriteFile(document, []byte(before+begin+r.String()+end+after), 0o644)
}
