package helper

import (
	"strings"
	"testing"
)

// TestFingerprint: the tokens that were issued before an update are known after it. Sixteen bytes of it cannot be met by
// chance.
func TestFingerprint(t *testing.T) {
	if got := fingerprintOf("access-alice"); got != "RwmSA7XUt__jdu1KPQUb0Q" {
		t.Errorf("it is %s", got)
	}
}

// With older git, the fingerprints of the record save the look into the keyring. They tell nothing but which tokens were issued.
func TestFingerprints(t *testing.T) {
	w := newWorld(t)
	w.helper.Fingerprints = func(origin string) string { return Fingerprints(w.keyring.items[origin]) }
	bob := w.signedIn("bob")
	w.holds(Record{Accounts: []*Account{w.aliceWithAPast(), typed("dave", "pw"), bob}})
	for _, test := range []struct{ message, calls string }{
		{own("access-alice"), ""},
		{own("access-bob"), ""},
		{own("access-0"), ""},
		{ask + "username=dave\npassword=pw\n", "update"},
		{strings.Replace(own("access-alice"), "git.", "other.", 1), "update"},
	} {
		w.calls = nil
		w.stores(test.message)
		if got := strings.Join(w.calls, " "); got != test.calls {
			t.Errorf("%q: what happened: %q, want %q", test.message, got, test.calls)
		}
	}
	if want := fingerprintOf("access-alice") + " " + fingerprintOf("access-0") + " " + fingerprintOf("access-bob"); Fingerprints(w.keyring.items[origin]) != want {
		t.Errorf("the fingerprints are %q, want %q", Fingerprints(w.keyring.items[origin]), want)
	}
	for _, data := range []string{"", "nonsense", "{}"} {
		if got := Fingerprints([]byte(data)); got != "" {
			t.Errorf("the fingerprints of %q are %q", data, got)
		}
	}
}
