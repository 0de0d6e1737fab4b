package store

import (
	"context"
	"testing"
)

// TestListLeavesOut checks what else may be where the items are: chunks, foreign
// items, and items of a version that did not keep the key. The latter are read
// all the same, and are listed once they are written again.
func TestListLeavesOut(t *testing.T) {
	m := newMemory(wincredLimit)
	s := storeOn(t, &splitter{m, wincredLimit})
	put(t, s, "split", string(randomBytes(9000)))
	ctx := context.Background()
	old := newItem("old")
	for _, it := range []item{old, {name: "v1-of something else"}} {
		if err := (&splitter{m, wincredLimit}).set(ctx, it, []byte("plain")); err != nil {
			t.Fatal(err)
		}
	}
	wantListed(t, s, "split")
	wantValue(t, s, "old", "plain")
	put(t, s, "old", "new")
	wantListed(t, s, "old", "split")
}

func TestCutKey(t *testing.T) {
	for _, key := range []string{"", "https://bitbucket.org", "\x00", "a\x00\x01b", "\x00\x00"} {
		got, value := cutKey(prependKey(key, []byte("v\x00\x01w")))
		if got != key || string(value) != "v\x00\x01w" {
			t.Errorf("%q comes back as %q, %q", key, got, value)
		}
	}
	for _, stored := range []string{"", "plain", keyMagic, keyMagic + "key\x00", keyMagic + "key"} {
		if key, value := cutKey([]byte(stored)); key != "" || string(value) != stored {
			t.Errorf("%q is taken apart into %q, %q", stored, key, value)
		}
	}
}
