package gitconfig

import (
	"fmt"
	"net/url"
	"strings"
)

// Git takes credential.<URL> without a protocol too, such as credential.bitbucket.org, for any protocol: there the rest has to
// be equal, and it counts as much as what stands under credential alone (match_partial_url in git's credential.c). `git config
// --get-urlmatch` knows nothing of it.

// isPartial reports whether the URL of an entry has no protocol.
func (e Entry) isPartial() bool { return e.URL != "" && !strings.Contains(e.URL, "://") }

// matchesPartly reports whether git takes an entry that isPartial for a URL.
func (e Entry) matchesPartly(address string) bool {
	target, err := url.Parse(address)
	pattern, bad := url.Parse("any://" + e.URL)
	if err != nil || bad != nil {
		return false
	}
	path := strings.Trim(pattern.Path, "/")
	return strings.EqualFold(pattern.Host, target.Host) &&
		(pattern.User == nil || target.User != nil && pattern.User.Username() == target.User.Username()) &&
		(path == "" || path == strings.Trim(target.Path, "/"))
}

// render writes a config of entries, for git to choose from, with those that it would take for a URL by a partial one under
// credential alone. line returns the name and the value of an entry.
func render(entries []Entry, address string, line func(i int, entry Entry) string) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var config strings.Builder
	for i, entry := range entries {
		section := "[credential]"
		switch {
		case entry.isPartial() && !entry.matchesPartly(address):
			continue
		case entry.URL != "" && !entry.isPartial():
			section = `[credential "` + quote.Replace(entry.URL) + `"]`
		}
		fmt.Fprintf(&config, "%s\n\t%s\n", section, line(i, entry))
	}
	return config.String()
}

// quoted returns a name and a value as a line of git config.
func quoted(name, value string) string {
	return name + ` = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\b", `\b`).Replace(value) + `"`
}
