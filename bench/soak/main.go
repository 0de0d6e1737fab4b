// Command soak has several git processes at once work on a forge, for hours of sign-in in minutes, while tokens run out
// and are revoked, the token endpoint fails and helpers are killed. It writes what came of it into docs/reliability.md:
//
//	go run ./bench/soak -operations 10000
//
// Its exit status is 1 if a sign-in was lost, a second window was opened, or a git command failed for any other reason
// than the trouble that was made for it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"git-credential-grant/testforge"
)

func main() {
	operations := flag.Int("operations", 10_000, "git commands to run")
	workers := flag.Int("workers", 4, "git commands at once")
	document := flag.String("write", "docs/reliability.md", "`file` to write the figures into")
	if len(os.Args) > 1 && os.Args[1] == "browser" {
		os.Exit(testforge.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	flag.Parse()
	if err := soak(*operations, *workers, *document); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(operations, workers int, document string) error {
	w, err := newWorld()
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.begin(workers); err != nil {
		return err
	}
	trouble := startTrouble(w)
	began := time.Now()
	done := w.work(operations, workers)
	took := time.Since(began)
	trouble.stop()
	r := newReport(w, done, trouble, workers, took)
	r.last = w.end()
	fmt.Print(r)
	return errors.Join(r.verdict(), r.writeInto(document))
}
