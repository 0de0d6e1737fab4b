//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"
)

// The plot has one panel beside the other, each with both axes logarithmic: what is twice as slow is as far above at
// every place.
const (
	panelWidth, panelHeight = 270, 220
	plotMargin, plotTop     = 56, 64
	plotWidth               = 3*(panelWidth+plotMargin) + 20
	plotHeight              = plotTop + panelHeight + 52
)

// plotStyle suits a light and a dark page.
const plotStyle = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.s0 { stroke: #8250df; fill: #8250df } .s1 { stroke: #0969da; fill: #0969da }
.s2 { stroke: #1a7f37; fill: #1a7f37 } .s3 { stroke: #bc4c00; fill: #bc4c00 }
.dashed { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #d1d7e0 }
  .grid { stroke: #3d444d }
  .s0 { stroke: #ab7df8; fill: #ab7df8 } .s1 { stroke: #58a6ff; fill: #58a6ff }
  .s2 { stroke: #3fb950; fill: #3fb950 } .s3 { stroke: #f0883e; fill: #f0883e }
}
`

// plot draws the panels as SVG.
func plot(panels []panel) string {
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n<style>%s</style>\n",
		plotWidth, plotHeight, "milliseconds that get takes, by stored hosts, processes at once and size of the token", plotStyle)
	legend(&svg, panels[0])
	for i, p := range panels {
		p.draw(&svg, plotMargin+i*(panelWidth+plotMargin))
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

func legend(svg *strings.Builder, p panel) {
	text(svg, plotMargin, 18, "start", "title", "One get of a stored credential, whole process, milliseconds")
	for i, s := range p.series {
		x := plotMargin + i*200
		fmt.Fprintf(svg, `<path class="line %s" d="M%d 34h22"/>`+"\n", class(i), x)
		text(svg, float64(x)+28, 38, "start", "", s.name)
	}
}

// class of a series: ours have whole lines, the peers dashed ones.
func class(i int) string {
	if i == 0 || i == len(shown)-1 {
		return fmt.Sprintf("s%d dashed", i)
	}
	return fmt.Sprintf("s%d", i)
}

// draw puts a panel at x.
func (p panel) draw(svg *strings.Builder, x int) {
	low, high := p.limits()
	across := scale(p.at[0], p.at[len(p.at)-1], float64(x), float64(x+panelWidth))
	up := scale(low, high, plotTop+panelHeight, plotTop)
	for tick := range ticks(low, high) {
		y := up(tick)
		fmt.Fprintf(svg, `<path class="grid" d="M%d %.1fh%d"/>`+"\n", x, y, panelWidth)
		text(svg, float64(x)-6, y+4, "end", "", fmt.Sprint(tick))
	}
	for _, at := range p.at {
		text(svg, across(at), plotTop+panelHeight+18, "middle", "", fmt.Sprint(at))
	}
	text(svg, float64(x+panelWidth/2), plotTop+panelHeight+38, "middle", "title", p.title)
	for i, s := range p.series {
		p.line(svg, i, s.times, across, up)
	}
}

func (p panel) line(svg *strings.Builder, i int, times []float64, across, up func(float64) float64) {
	path, command := "", "M"
	for k, at := range p.at {
		if math.IsNaN(times[k]) {
			continue
		}
		path += fmt.Sprintf("%s%.1f %.1f", command, across(at), up(times[k]))
		command = "L"
		fmt.Fprintf(svg, `<circle class="s%d" cx="%.1f" cy="%.1f" r="2.5"/>`+"\n", i, across(at), up(times[k]))
	}
	fmt.Fprintf(svg, `<path class="line %s" style="fill:none" d="%s"/>`+"\n", class(i), path)
}

// limits are those of the vertical axis.
func (p panel) limits() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, s := range p.series {
		for _, time := range s.times {
			if !math.IsNaN(time) {
				low, high = min(low, time), max(high, time)
			}
		}
	}
	return low / 1.2, high * 1.2
}

// ticks are 1, 2, 5, 10 and so on between two values.
func ticks(low, high float64) func(func(float64) bool) {
	return func(yield func(float64) bool) {
		for decade := 0.1; decade <= high; decade *= 10 {
			for _, factor := range []float64{1, 2, 5} {
				if tick := math.Round(decade*factor*10) / 10; tick >= low && tick <= high && !yield(tick) {
					return
				}
			}
		}
	}
}

// scale maps values to places, logarithmically.
func scale(low, high, from, to float64) func(float64) float64 {
	return func(value float64) float64 {
		return from + (to-from)*math.Log(value/low)/math.Log(high/low)
	}
}

func text(svg *strings.Builder, x, y float64, anchor, class, content string) {
	fmt.Fprintf(svg, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`+"\n", x, y, anchor, class, content)
}
