//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// A report is shown line by line while it grows, as Markdown.
type report struct {
	text   strings.Builder
	failed int
}

func (r *report) line(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	fmt.Println(line)
	r.text.WriteString(line + "\n")
}

// machine says where and when.
func (r *report) machine() {
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	load, _ := os.ReadFile("/proc/loadavg")
	r.line("%s, %d cores, load %s, Linux %s, %s, %s, %s", between(string(cpu), "model name\t: ", "\n"),
		runtime.NumCPU(), strings.Fields(string(load))[0], said("uname", "-r"), os.Getenv("GO_VERSION"), said("git", "version"),
		time.Now().UTC().Format(time.DateOnly))
}

func said(name string, args ...string) string {
	out, _ := exec.Command(name, args...).Output()
	return strings.TrimSpace(string(out))
}

// heads begins a table.
func (r *report) heads(heads ...string) {
	r.line("")
	r.line("| %s |", strings.Join(heads, " | "))
	r.line("|%s", strings.Repeat("---|", len(heads)))
}

// verdict ends a row with a limit.
func (r *report) verdict(what, figure, limit string, passed bool) {
	verdict := "pass"
	if !passed {
		verdict = "**fail**"
		r.failed++
	}
	r.line("| %s | %s | %s | %s |", what, figure, limit, verdict)
}

// zero is a row with a count that must be 0.
func (r *report) zero(what string, count int) {
	r.verdict(what, fmt.Sprint(count), "0", count == 0)
}

var measured = regexp.MustCompile(`(?s)(<!-- measured -->\n).*(<!-- end -->)`)

// into puts the report between two marks of a file.
func (r *report) into(name string) {
	text, err := os.ReadFile(name)
	check(err)
	if !measured.Match(text) {
		fail("%s has no place for the figures", name)
	}
	writeFile(name, measured.ReplaceAllString(string(text), "${1}\n"+strings.ReplaceAll(r.text.String(), "$", "$$")+"\n${2}"))
}

func writeFile(name, text string) { check(os.WriteFile(name, []byte(text), 0o644)) }
