package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

const application = "git-credential-grant"

// item is the name of one stored value.
type item struct {
	// name is safe as a file name, in a path of pass and on the bus, whatever
	// the key is: a version and lower case hex digits.
	name string
	key  string
	// label is what a keyring shows to people.
	label string
}

func newItem(key string) item {
	sum := sha256.Sum256([]byte(key))
	return item{
		key:   key,
		name:  "v1-" + hex.EncodeToString(sum[:]),
		label: application + ": " + dbusString(key),
	}
}

// dbusString replaces what D-Bus refuses in a string, and then hangs up over:
// NUL and bytes that are not UTF-8. Control characters go with them.
func dbusString(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}
