package store

import (
	"bytes"
	"testing"
)

func FuzzRecord(f *testing.F) {
	k := sealingKey{kdf: fromKeyFile, key: make([]byte, keySize)}
	file, err := seal([]byte("value"), "name", k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:headerSize])
	f.Add([]byte(recordMagic))
	f.Fuzz(func(t *testing.T, file []byte) {
		if r, err := parseRecord(file); err == nil {
			if again := append(r.header(), r.sealed...); !bytes.Equal(again, file) {
				t.Errorf("%q becomes %q", file, again)
			}
			r.open("name", k.key)
		}
		sealed, err := seal(file, "name", k)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseRecord(sealed)
		if err != nil {
			t.Fatal(err)
		}
		if value, err := r.open("name", k.key); err != nil || !bytes.Equal(value, file) {
			t.Errorf("sealed %q, opened %q, %v", file, value, err)
		}
		if _, err := r.open("other name", k.key); err == nil {
			t.Error("opened under another name")
		}
	})
}
