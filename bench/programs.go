//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A program is one call, always the same.
type program struct {
	args  []string
	stdin string // a file, "" for nothing
	root  string // where it sees the root of the file system, "" for where it is
}

// helper is a call as git makes it: a credential helper, with an action and a message.
func (w *world) helper(line, action, message string) program {
	return program{args: append(strings.Fields(line), action), stdin: w.file(message)}
}

// command is program as os/exec knows it, with files and no pipes, so that nothing but the program is waited for.
func (p program) command() *exec.Cmd {
	command := exec.Command(p.args[0], p.args[1:]...)
	if p.root != "" {
		command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Chroot: p.root}
	}
	if p.stdin != "" {
		stdin, err := os.Open(p.stdin)
		check(err)
		command.Stdin = stdin
	}
	return command
}

// run returns how long the whole process takes, from its making to its end.
func (p program) run() time.Duration {
	command := p.command()
	stderr, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(err)
	defer stderr.Close()
	command.Stderr = stderr
	began := time.Now()
	err = command.Run()
	took := time.Since(began)
	if stdin, ok := command.Stdin.(io.Closer); ok {
		stdin.Close()
	}
	if err != nil {
		fail("%s: %v\n%s", p, err, p.complaint())
	}
	return took
}

// complaint runs a program again that has failed, to hear why.
func (p program) complaint() string {
	out, _ := p.command().CombinedOutput()
	return string(out)
}

// output is what it says on standard output.
func (p program) output() string {
	command := p.command()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		fail("%s: %v\n%s", p, err, &stderr)
	}
	return string(out)
}

func (p program) String() string { return strings.Join(p.args, " ") }

// compare runs programs in turn, in any order, and returns the times of each. What a program leaves behind for a service
// to tidy up slows whoever comes next, so that must not always be the same.
func compare(rounds int, programs ...program) [][]time.Duration {
	times := make([][]time.Duration, len(programs))
	for _, p := range programs {
		p.run() // what is cold is not measured
	}
	for range rounds {
		for _, i := range rand.Perm(len(programs)) {
			times[i] = append(times[i], programs[i].run())
		}
	}
	return times
}

// median of any list.
func median[T time.Duration | float64](list []T) T {
	list = slices.Sorted(slices.Values(list))
	middle := len(list) / 2
	if len(list)%2 == 1 {
		return list[middle]
	}
	return (list[middle-1] + list[middle]) / 2
}

// ratio is the median of the ratios of runs that were made in one round.
func ratio(times, base []time.Duration) float64 {
	ratios := make([]float64, len(times))
	for i := range times {
		ratios[i] = float64(times[i]) / float64(base[i])
	}
	return median(ratios)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// fail ends the run from anywhere; main tidies up.
func fail(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

type failure string
