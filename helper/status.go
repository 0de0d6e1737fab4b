package helper

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Status is what can be said of one sign-in. It holds no secret. The names in JSON are kept from version to version.
type Status struct {
	URL     string `json:"url"`
	Host    string `json:"host"`
	Account string `json:"account"`
	// Grant is how the tokens are obtained.
	Grant  string   `json:"grant"`
	Scopes []string `json:"scopes"`
	// ExpiresAt is when the access token expires, and ExpiresIn the seconds until then, 0 if it has expired. Both are
	// null for a token that does not expire, or if there is none at the moment.
	ExpiresAt *time.Time `json:"expires_at"`
	ExpiresIn *int64     `json:"expires_in"`
	// Renewable says that a new token can be had without asking the person.
	Renewable bool `json:"renewable"`
	// Usable says that the next git command needs no new sign-in, as far as can be known here.
	Usable bool `json:"usable"`
	// Problem is what went wrong last, "" if nothing did.
	Problem string `json:"problem"`
	// Provider is what the sign-in remembers; see [Server].
	Provider string `json:"-"`
}

// unattendedGrants are those by which a client obtains tokens for itself, as often as it needs one.
var unattendedGrants = []string{"client_credentials", "jwt"}

// Status returns the sign-ins of an origin that the request may mean, the one used last first.
func (h *Helper) Status(ctx context.Context, request *Credential) ([]Status, error) {
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return nil, err
	}
	statuses := []Status{}
	for _, account := range record.Accounts {
		if account.SignIn != nil && account.matches(request) {
			statuses = append(statuses, account.SignIn.status(request.Origin, record.Failure, h.now()))
		}
	}
	return statuses, nil
}

func (s *SignIn) status(origin Origin, failure *Failure, now time.Time) Status {
	status := Status{
		URL: origin.String(), Host: origin.Host(), Account: s.Account, Provider: s.Provider,
		Grant:     cmp.Or(s.Grant, "code"),
		Scopes:    strings.Fields(s.Scopes),
		Renewable: s.renewable(),
	}
	status.Usable = status.Renewable || s.usable(now)
	if !s.AccessToken.IsZero() && !s.Expiry.IsZero() {
		expiry, left := s.Expiry.UTC().Truncate(time.Second), max(0, int64(s.Expiry.Sub(now).Seconds()))
		status.ExpiresAt, status.ExpiresIn = &expiry, &left
	}
	switch {
	case s.Ended != nil:
		status.Problem = fmt.Sprintf("%s, on %s; a new sign-in is needed", s.Ended.Why, s.Ended.At.Local().Format("2 January 2006 at 15:04"))
	case failure != nil && (failure.Account == "" || failure.Account == s.Account):
		status.Problem = failure.Why
	}
	return status
}

// renewable reports whether a new token can be had without asking the person, as far as is known.
func (s *SignIn) renewable() bool {
	return s.Ended == nil && !s.RefreshToken.IsZero() || slices.Contains(unattendedGrants, s.Grant)
}

// expires tells the life of the access token in few words.
func (s *Status) expires() string {
	switch {
	case s.ExpiresIn == nil && !s.Usable:
		return "ended"
	case s.ExpiresIn == nil && s.Renewable:
		return "at next use"
	case s.ExpiresIn == nil:
		return "never"
	case *s.ExpiresIn == 0:
		return "expired"
	}
	return "in " + spell(time.Duration(*s.ExpiresIn)*time.Second)
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

// tableWidth is what the table of [Table] fits into.
const tableWidth = 80

// Table shows sign-ins in lines of at most 80 columns, with the scopes of each below it. Names that are too long are cut.
func Table(statuses []Status) string {
	rows := [][]string{{"HOST", "ACCOUNT", "GRANT", "EXPIRES", "RENEWABLE"}}
	for _, s := range statuses {
		rows = append(rows, []string{
			shorten(s.Host, 22), shorten(cmp.Or(s.Account, "-"), 12), shorten(s.Grant, 18), s.expires(), yesNo(s.Renewable),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell)+2)
		}
	}
	var table strings.Builder
	for i, row := range rows {
		writeRow(&table, row, widths)
		if i > 0 {
			writeScopes(&table, statuses[i-1].Scopes)
		}
	}
	return table.String()
}

func writeRow(table *strings.Builder, row []string, widths []int) {
	var line strings.Builder
	for i, cell := range row {
		line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
	}
	table.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

func writeScopes(table *strings.Builder, scopes []string) {
	const indent = "  "
	for _, line := range wrap(scopes, tableWidth-len(indent)) {
		table.WriteString(indent + line + "\n")
	}
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

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
