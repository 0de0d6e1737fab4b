package helper

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTable: whatever is in it, no line is longer than 80 columns, and no scope is lost.
func TestTable(t *testing.T) {
	t.Parallel()
	in := int64(2*60*60 - 1)
	scopes := []string{"repository", "repository:write", "account", "https://www.googleapis.com/auth/gerritcodereview"}
	statuses := []Status{
		{Host: "bitbucket.org", Account: "alice", Grant: "code", Scopes: scopes[:3], ExpiresIn: &in, Renewable: true},
		{Host: "a-host-with-a-name-that-is.far.too.long.for.a.table.example.com:8443", Account: "ålice-of-wonderland",
			Grant: "client_credentials", Scopes: scopes, ExpiresIn: &in},
		{Host: "h", Grant: "jwt", Scopes: []string{strings.Repeat("x", 100)}},
	}
	table := Table(statuses)
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if strings.Count(table, "repository:write") != 2 || !strings.Contains(table, scopes[3]) {
		t.Errorf("scopes are missing in\n%s", table)
	}
	const short = "HOST           ACCOUNT  GRANT  EXPIRES    RENEWABLE\n" +
		"bitbucket.org  alice    code   in 1h 59m  yes\n" +
		"  repository repository:write account\n"
	if got := Table(statuses[:1]); got != short {
		t.Errorf("got\n%s\nwant\n%s", got, short)
	}
}
