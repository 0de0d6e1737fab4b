//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"
)

// A panel is how the time of a get grows with one thing.
type panel struct {
	title  string
	unit   string // of at
	at     []float64
	series []series
}

// series are the times of one helper in milliseconds.
type series struct {
	name  string
	times []float64
}

// growth measures how get grows with what is stored, with processes at once, and with the size of a token.
func (w *world) growth(rounds int) []panel {
	return []panel{w.withProcesses(rounds), w.withSize(rounds), w.withHosts(rounds)}
}

// shown names the series after what keeps the tokens.
var shown = []struct{ name, line string }{
	{"git-credential-libsecret", libsecret},
	{"grant, Secret Service", ours},
	{"grant, file", oursFile},
	{"git-credential-store", ""},
}

// gets are the calls of the four helpers for one host.
func (w *world) gets(host string) (gets []program) {
	for _, s := range w.lines() {
		gets = append(gets, w.helper(s, "get", "protocol=https\nhost="+host+"\n"))
	}
	return gets
}

func (w *world) lines() (lines []string) {
	for _, s := range shown {
		if s.line == "" {
			s.line = w.plain()
		}
		lines = append(lines, s.line)
	}
	return lines
}

// keep has helpers keep a credential.
func (w *world) keep(host, password string, lines ...string) {
	for _, line := range lines {
		w.helper(line, "store", credentialOf(host, "alice", password)).run()
	}
}

func newPanel(title, unit string) panel {
	p := panel{title: title, unit: unit}
	for _, s := range shown {
		p.series = append(p.series, series{name: s.name})
	}
	return p
}

// add takes in the times at one point.
func (p *panel) add(at float64, times []float64) {
	p.at = append(p.at, at)
	for i := range p.series {
		p.series[i].times = append(p.series[i].times, times[i])
	}
}

// measure is the median of each.
func measure(rounds int, gets []program) (medians []float64) {
	for _, times := range compare(rounds, gets...) {
		medians = append(medians, milliseconds(median(times)))
	}
	return medians
}

func (w *world) withHosts(rounds int) panel {
	p := newPanel("stored hosts", "hosts")
	for i, n := 0, 1; n <= 1000; n *= 10 {
		for ; i < n; i++ {
			w.keep(hostNumber(i), randomToken(200), w.lines()...)
		}
		p.add(float64(n), measure(rounds, w.gets(hostNumber(n/2))))
	}
	return p
}

func (w *world) withProcesses(rounds int) panel {
	const host = "processes.example"
	w.keep(host, randomToken(libsecretLimit), w.lines()...)
	p := newPanel("processes at once, until the last has ended", "processes")
	gets := w.gets(host)
	for _, n := range []int{1, 8, 64} {
		times := make([][]float64, len(gets))
		for range max(rounds/2, 3) {
			for i, get := range gets {
				times[i] = append(times[i], milliseconds(get.atOnce(n)))
			}
		}
		var medians []float64
		for i := range times {
			medians = append(medians, median(times[i]))
		}
		p.add(float64(n), medians)
	}
	return p
}

func (w *world) withSize(rounds int) panel {
	p := newPanel("size of the token in KB", "KB")
	for _, size := range []int{100, 500, 1000, 2000, 4000, 6000} {
		host := fmt.Sprintf("size-%d.example", size)
		if size <= libsecretLimit {
			w.keep(host, randomToken(size), w.lines()...)
			p.add(float64(size)/1000, measure(rounds, w.gets(host)))
			continue
		}
		w.keep(host, randomToken(size), w.lines()[1:]...)
		p.add(float64(size)/1000, append([]float64{math.NaN()}, measure(rounds, w.gets(host)[1:])...))
	}
	return p
}

// growth is the plot in figures.
func (r *report) growth(panels []panel) {
	for _, p := range panels {
		r.line("")
		r.line("`get` by %s, milliseconds:", p.title)
		heads := []string{p.unit}
		for _, s := range p.series {
			heads = append(heads, s.name)
		}
		r.heads(heads...)
		for i, at := range p.at {
			row := fmt.Sprintf("| %v ", at)
			for _, s := range p.series {
				row += strings.ReplaceAll(fmt.Sprintf("| %.2f ", s.times[i]), "NaN", "cannot")
			}
			r.line("%s|", row)
		}
	}
}
