package flow

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

func TestNarrower(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, granted, missing string }{
		{"repository repository:write account", "account repository:write repository", ""},
		{"repository repository:write account", "account repository:write", ""}, // Writing holds reading.
		{"repository repository:write account", "account repository", "repository:write"},
		{"repository repository:write account", "repository", "repository:write account"},
		{"repository repository:write account", "", ""}, // The server says nothing.
		{"read_repository write_repository", "read_repository", "write_repository"},
		{"repo workflow", "repo:status", "repo workflow"},
		{"openid offline_access", "api", ""},
		{"499b84ac-1321-427f-aa17-267ca6975798/.default", "vso.code_write", ""},
		{"", "everything", ""},
	} {
		client := Client{GitHost: "forge.example", Profile: Profile{Scopes: strings.Fields(c.asked)}}
		err := client.Narrower((&oauth2.Token{}).WithExtra(map[string]any{"scope": c.granted}))
		switch {
		case c.missing == "" && err != nil:
			t.Errorf("asked for %q, got %q: %v", c.asked, c.granted, err)
		case c.missing != "" && (!errors.Is(err, ErrScope) || !strings.HasSuffix(err.Error(), "and not "+c.missing)):
			t.Errorf("asked for %q, got %q: %v, want %q", c.asked, c.granted, err, c.missing)
		}
	}
}
