package helper

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestHide: a server that repeats a token which was dropped shows it to nobody.
func TestHide(t *testing.T) {
	w := newWorld(t)
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	w.erases(own("access-alice"))
	w.refreshes("", "", fmt.Errorf("%w (it says: \"access-alice\" still lives)", ErrGrantEnded))
	w.signsIn("", ErrNobodyThere)
	_, err := w.helper.Get(t.Context(), parse(t, ask))
	if !errors.Is(err, ErrGrantEnded) || strings.Contains(err.Error(), "access-alice") || !strings.Contains(err.Error(), "still lives") {
		t.Errorf("the error is %v", err)
	}
	if stored := string(w.keyring.items[origin]); strings.Contains(stored, "access-alice") {
		t.Errorf("it is kept: %s", stored)
	}
}
