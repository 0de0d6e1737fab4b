package helper

import (
	"context"
	"testing"
)

// TestProviderIsRemembered: how the forge was recognised at a sign-in is known when it has to be renewed, and is gone
// with it.
func TestProviderIsRemembered(t *testing.T) {
	w := newWorld(t)
	var asked []string
	w.helper.Server = func(_ context.Context, _ *Credential, provider string) (*Server, error) {
		asked = append(asked, provider)
		return w.server, nil
	}
	w.server.Provider = "gitea"
	w.signsIn("alice", nil)
	w.gets(ask, reply{secret: "access-alice", calls: "get lock get sign-in() update unlock"})
	w.passes(life)
	w.refreshes("access-2", "refresh-2", nil)
	w.gets(ask, reply{secret: "access-2", calls: "get lock get refresh(refresh-alice) update unlock"})
	w.erases(ask)
	w.signsIn("bob", nil)
	w.gets(ask, reply{secret: "access-bob", calls: "get lock get sign-in() update unlock"})
	if len(asked) != 3 || asked[0] != "" || asked[1] != "gitea" || asked[2] != "" {
		t.Errorf("asked for the servers %q", asked)
	}
}
