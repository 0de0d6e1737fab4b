package flow

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"git-credential-grant/flow/flowtest"
)

// TestCheckSecret tells a right client from a wrong one, and obtains nothing by it.
func TestCheckSecret(t *testing.T) {
	t.Parallel()
	forge, client := startForge(t, flowtest.Options{})
	if err := client.CheckSecret(t.Context()); err != nil {
		t.Error("a right client:", err)
	}
	client.Secret = "wrong-secret"
	if err := client.CheckSecret(t.Context()); !errors.Is(err, ErrClientRefused) || strings.Contains(err.Error(), "wrong-secret") {
		t.Error("a wrong secret:", err)
	}
	client.ID = "wrong-id"
	if err := client.CheckSecret(t.Context()); !errors.Is(err, ErrClientRefused) {
		t.Error("a wrong id:", err)
	}
	wantStats(t, forge, map[string]int{"refresh_ok": 0, "refresh_reuse": 0, "refresh_refused": 3})
}

// TestCheckSecretUndecided: where the server does not tell, nobody is told that the client is wrong, or that it is right.
func TestCheckSecretUndecided(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
	}{
		{http.StatusBadRequest, `{"error":"unauthorized_client"}`},
		{http.StatusBadRequest, `{"error":"invalid_request","error_description":"Invalid refresh_token"}`},
		{http.StatusInternalServerError, `{"error":"invalid_client"}`},
		{http.StatusOK, "nonsense"},
	} {
		client := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
		if err := client.CheckSecret(t.Context()); err == nil || errors.Is(err, ErrClientRefused) {
			t.Errorf("%d %s gives %v", test.status, test.body, err)
		}
	}
}

// TestReach: any answer of the server will do, and its clock is what the answer says.
func TestReach(t *testing.T) {
	t.Parallel()
	const date = "Mon, 02 Jan 2006 15:04:05 GMT"
	status := http.StatusBadRequest
	client := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.Path != "/site/oauth2/authorize" {
			t.Errorf("asked for %s %s", r.Method, r.URL)
		}
		w.Header().Set("Date", date)
		w.WriteHeader(status)
	})
	clock, err := client.Reach(t.Context())
	if err != nil || clock.Format(http.TimeFormat) != date {
		t.Errorf("got %v, %v", clock, err)
	}
	status = http.StatusBadGateway
	if _, err := client.Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "status 502") {
		t.Errorf("a broken server gives %v", err)
	}
	if _, err := newClient(t, "http://127.0.0.1:1").Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "could not reach 127.0.0.1:1") {
		t.Errorf("no server gives %v", err)
	}
}
