package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"git-credential-grant/agent"
)

// A report is what status says in JSON. Store is the one that takes what is new.
type report struct {
	Store   storeReport `json:"store"`
	SignIns []signIn    `json:"sign_ins"`
	// Agents are those that run here, whatever URL is asked about.
	Agents []agent.Running `json:"agents"`

	stores []storeReport
}

type storeReport struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (p *program) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", ArgsUsage: "[URL]", Action: p.on(p.named, asSet, here((*session).status)),
		Usage: "list the sign-ins, without secrets",
		Description: "With a URL the exit status is 1 if there is no usable sign-in.\n\n" +
			"Example:  git-credential-grant status\n" +
			"          git-credential-grant status --json https://bitbucket.org",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "write JSON, with names that stay (see the manual page)"}},
	}
}

// status lists the sign-ins.
func (s *session) status(ctx context.Context, c *cli.Context) error {
	var subjects []subject
	if c.Args().Present() {
		subjects = append(subjects, s.about)
	}
	r, failed := s.report(ctx, subjects...)
	if len(r.stores) == 0 {
		return failed
	}
	if c.Bool("json") {
		if err := s.voice.writeJSON(r); err != nil {
			return err
		}
	} else {
		s.voice.showReport(r)
	}
	usable := slices.ContainsFunc(r.SignIns, func(one signIn) bool { return one.Usable && (one.InUse || !s.about.implied) })
	if failed == nil && c.Args().Present() && !usable {
		return s.notSignedIn()
	}
	return failed
}

// report asks all stores, for subjects or for all that there is. Those that fail are not in it.
func (s *session) report(ctx context.Context, subjects ...subject) (*report, error) {
	r := &report{SignIns: []signIn{}, Agents: agent.List()}
	err := s.onEach(ctx, func(on *oneStore) error {
		if on.isFirst {
			r.Store = storeReport{on.name, on.reason}
		}
		some, err := on.signIns(ctx, s, subjects...)
		if err != nil {
			return err
		}
		r.SignIns = append(r.SignIns, some...)
		r.stores = append(r.stores, storeReport{on.name, on.reason})
		return nil
	})
	return r, err
}

// showReport tells of the sign-ins of each store that has some, by their hosts. Below is where they are kept, and why there.
func (v *voice) showReport(r *report) {
	for _, store := range r.stores {
		host, some := "", false
		for i, one := range r.SignIns {
			if one.Store != store.Name {
				continue
			}
			if one.URL != host {
				v.sayAs(heading, one.Host, "")
				host = one.URL
			}
			some = true
			isThere := func(other signIn) bool { return other.URL == host }
			others := slices.ContainsFunc(r.SignIns[:i], isThere) || slices.ContainsFunc(r.SignIns[i+1:], isThere)
			words, as := one.state()
			v.sayAs(as, "  "+words, one.details(others))
		}
		if some {
			v.say("store: %s (%s)", store.Name, store.Reason)
		}
	}
	isNew := func(one signIn) bool { return one.Store == r.Store.Name }
	switch {
	case len(r.SignIns) == 0:
		v.say("no sign-in is stored\nstore: %s (%s)", r.Store.Name, r.Store.Reason)
	case !slices.ContainsFunc(r.SignIns, isNew):
		v.say("new sign-ins go to %s (%s)", r.Store.Name, r.Store.Reason)
	}
	for _, running := range r.Agents {
		v.say("agent at %s: %s%s", running.Socket, strings.Join(running.Allow, ", "), until(running.Until))
	}
}

// until says when something ends, "" if that is not known.
func until(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return ", until " + end.Format("Jan 2 15:04")
}

// statusWidth is what the lines of a sign-in fit into, but for names and for what went wrong.
const statusWidth = 80

// state says in the line below the host whether git can use a sign-in.
func (one signIn) state() (words string, as style) {
	if one.Usable {
		return "signed in" + one.who(), good
	}
	return "the sign-in" + one.who() + " has ended", bad
}

// details is the rest of that line, and the lines below it. Where there are others, the one that git uses for a URL without a
// name is marked.
func (one signIn) details(others bool) string {
	lines := []string{"; sign in again: git-credential-grant login " + one.URL}
	if one.Usable {
		lines[0] = fmt.Sprintf("; %s; kept in %s", one.life(), keptIn(one.Store))
	}
	if others && one.InUse {
		lines = append(lines, "git uses this one where a URL has no name")
	}
	for _, line := range wrap(one.Scopes, statusWidth-len("    scopes: ")) {
		lines = append(lines, "scopes: "+line)
	}
	if one.Problem != "" {
		lines = append(lines, "last time: "+one.Problem)
	}
	return strings.Join(lines, "\n    ")
}

// who is the account, or the client that signs in for itself.
func (one signIn) who() string {
	if one.Account == "" && one.Grant != "code" && one.Grant != "device" {
		return " as the client itself"
	}
	return as(one.Account)
}

// life says how long a sign-in is good without the person.
func (one signIn) life() string {
	switch {
	case one.Renewable:
		return "renews by itself"
	case one.ExpiresIn == nil:
		return "does not expire"
	}
	return "good for another " + spell(time.Duration(*one.ExpiresIn)*time.Second)
}

// spell writes a duration as a person would, in its two largest units.
func spell(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm", minutes)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

// wrap puts words into lines of at most width columns. A word that is longer is cut.
func wrap(words []string, width int) (lines []string) {
	for _, word := range words {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, shorten(word, width))
	}
	return lines
}

// shorten cuts a text that is wider than width.
func shorten(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}
