package agent

import (
	"fmt"
	"strings"
	"time"
)

// longestField is how much of a value is kept: a flood of long paths must not fill the disk.
const longestField = 1000

// An Entry is what the log says of one answer.
type Entry struct {
	Time time.Time
	// Agent is the [Agent.Name].
	Agent string
	// Verb, Origin and Path are those of the request, "" where it was refused before they counted.
	Verb, Origin, Path string
	// Outcome is "answered"; "nothing" where there is no credential, or none was asked for; "not-served" for a place that is not
	// allowed; or the word for an error.
	Outcome string
	// Token is a fingerprint of the password or token that was given, "" if none was.
	Token string
}

// String is the entry as a line, in which nothing that was sent looks like anything else.
func (e Entry) String() string {
	line := []string{e.Time.UTC().Format(time.RFC3339)}
	for _, field := range []struct{ name, value string }{
		{"agent", e.Agent}, {"verb", e.Verb}, {"origin", e.Origin}, {"path", e.Path}, {"outcome", e.Outcome}, {"token", e.Token},
	} {
		if len(field.value) > longestField {
			field.value = field.value[:longestField] + "…"
		}
		if field.value != "" {
			line = append(line, fmt.Sprintf("%s=%+q", field.name, field.value))
		}
	}
	return strings.Join(line, " ")
}
