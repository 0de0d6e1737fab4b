package command

import (
	"strings"
	"testing"
	"unicode/utf8"

	"git-credential-grant/helper"
)

// TestStatusInWords: what a person reads of a sign-in, within 80 columns.
func TestStatusInWords(t *testing.T) {
	t.Parallel()
	left := int64(2*60*60 - 1)
	scopes := []string{"repository", "repository:write", "account", "https://www.googleapis.com/auth/gerritcodereview"}
	for _, test := range []struct {
		status helper.Status
		others bool
		want   string
	}{
		{helper.Status{Account: "alice", Grant: "code", Usable: true, Renewable: true, ExpiresIn: new(int64)}, false,
			"  signed in as alice; renews by itself; kept in the Secret Service"},
		{helper.Status{Account: "alice", Grant: "code", Usable: true, Renewable: true, InUse: true}, true,
			"  signed in as alice; renews by itself; kept in the Secret Service\n    git uses this one where a URL has no name"},
		{helper.Status{Grant: "device", Usable: true, ExpiresIn: &left}, false,
			"  signed in; good for another 1h 59m; kept in the Secret Service"},
		{helper.Status{Grant: "code", Account: "a", Usable: true}, true, "  signed in as a; does not expire; kept in the Secret Service"},
		{helper.Status{Grant: "jwt", Usable: true, Renewable: true}, false,
			"  signed in as the client itself; renews by itself; kept in the Secret Service"},
		{helper.Status{URL: "https://h", Account: "bob", Grant: "code", Problem: "it said no"}, false,
			"  the sign-in as bob has ended; sign in again: git-credential-grant login https://h\n    last time: it said no"},
		{helper.Status{Grant: "code", Usable: true, Renewable: true, Scopes: scopes}, false,
			"  signed in; renews by itself; kept in the Secret Service\n    scopes: repository repository:write account\n" +
				"    scopes: https://www.googleapis.com/auth/gerritcodereview"},
		{helper.Status{Grant: "code", Usable: true, Renewable: true, Scopes: []string{strings.Repeat("x", 100)}}, false,
			"  signed in; renews by itself; kept in the Secret Service\n    scopes: " + strings.Repeat("x", 67) + "…"},
	} {
		one := signIn{test.status, "secret-service"}
		state, _ := one.state()
		got := "  " + state + one.details(test.others)
		if got != test.want {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if n := utf8.RuneCountInString(line); n > 80 && !strings.Contains(line, "login https") {
				t.Errorf("%d columns: %q", n, line)
			}
		}
	}
}
