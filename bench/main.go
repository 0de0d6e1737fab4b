//go:build linux

// Command bench measures git-credential-grant beside its peers, on one machine in one run. bench/run gives it the
// programs, a home and a session bus.
//
// Times are of whole processes. The programs of a row run in turn, in random order, and a ratio is the median of
// the ratios within the rounds, so that a machine which is busy for a while slows both sides of it.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() { os.Exit(run()) }

func run() (status int) {
	rounds := flag.Int("rounds", 200, "how often each program runs for a row of the table")
	write := flag.Bool("write", false, "put the figures into docs/speed.md")
	flag.Parse()
	w := newWorld()
	defer w.end()
	defer func() {
		if why, failed := recover().(failure); failed {
			fmt.Fprintln(os.Stderr, "bench:", why)
			status = 1
		}
	}()
	w.populate()
	report := &report{}
	report.machine()
	w.table(report, *rounds)
	if *write {
		report.into("docs/speed.md")
	}
	if report.failed > 0 {
		fmt.Printf("\n%d rows are not reached\n", report.failed)
		return 1
	}
	return 0
}
