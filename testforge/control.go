package testforge

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// controlPath is the control interface, under a name that no forge uses.
const controlPath = "/-/control"

// Control carries out one command given in words and returns what it prints:
//
//	expire             [Forge.Expire]
//	revoke             [Forge.RevokeAccess]
//	revoke-grants      [Forge.RevokeGrants]
//	fault KIND [N]     [Forge.SetFault]
//	repo NAME          [Forge.CreateRepo]
//	stats              [Forge.Stats], a line "name value" for each
//	SETTING VALUE      changes one of [Settings]: consent, lifetime, refresh, grace,
//	                   token-bytes, token-delay, scope-field, expires-in, answer,
//	                   ignore-pkce, consumer, git-auth, also-offer, public-read or locked
func (f *Forge) Control(args ...string) (string, error) {
	if len(args) == 0 {
		return "", errors.New("no command")
	}
	verb, args := args[0], args[1:]
	switch {
	case verb == "stats" && len(args) == 0:
		return f.statLines(), nil
	case verb == "fault" && len(args) == 2:
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return "", err
		}
		return "", f.SetFault(args[0], n)
	case len(args) == 0:
		return "", f.act(verb)
	case len(args) == 1:
		return "", f.set(verb, args[0])
	}
	return "", fmt.Errorf("too many words after %q", verb)
}

func (f *Forge) act(verb string) error {
	switch verb {
	case "expire":
		f.Expire()
	case "revoke":
		f.RevokeAccess()
	case "revoke-grants":
		f.RevokeGrants()
	default:
		return fmt.Errorf("unknown command %q, or a word missing", verb)
	}
	return nil
}

func (f *Forge) set(verb, value string) error {
	switch verb {
	case "fault":
		return f.SetFault(value, 0)
	case "repo":
		return f.CreateRepo(value)
	}
	var err error
	f.Update(func(s *Settings) {
		settings := flag.NewFlagSet("", flag.ContinueOnError)
		s.flags(settings)
		err = settings.Set(verb, value)
	})
	return err
}

func (f *Forge) statLines() string {
	var lines strings.Builder
	stats := f.Stats()
	for _, name := range slices.Sorted(maps.Keys(stats)) {
		fmt.Fprintln(&lines, name, stats[name])
	}
	return lines.String()
}

func (f *Forge) serveControl(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	out, err := f.Control(r.PostForm["arg"]...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	io.WriteString(w, out)
}

// Control has the forge at forgeURL carry out a command; see [Forge.Control].
func Control(forgeURL string, args ...string) (string, error) {
	resp, err := http.PostForm(strings.TrimSuffix(forgeURL, "/")+controlPath, url.Values{"arg": args})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
