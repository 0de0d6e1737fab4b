package agent

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"git-credential-grant/internal/secret"
)

// maxMessage is the size of the longest request and of the longest answer, with all newlines.
const maxMessage = 64 << 10

// requestable are the attributes of a request that are handed on, withoutHeaders those among them that no server chooses, and
// answerable those of an answer. Git itself sends more, which is left out: a refresh token and whatever later versions think of.
// An answer never names a place, since git would follow it.
var (
	withoutHeaders = []string{
		"authtype", "credential", "ephemeral", "protocol", "host", "path", "username", "password", "password_expiry_utc", "continue",
		"capability[]", "state[]",
	}
	requestable = append(withoutHeaders, "wwwauth[]")
	answerable  = []string{
		"authtype", "credential", "username", "password", "password_expiry_utc", "continue", "quit", "capability[]", "state[]",
	}
)

// attributes are those of a message, in order.
type attributes []attribute

type attribute struct {
	key   string
	value secret.String // which it is with some keys
}

// A reader reads messages, each of which ends with an empty line.
type reader struct{ *bufio.Reader }

func newReader(r io.Reader) reader { return reader{bufio.NewReader(r)} }

// message returns the lines of the next message, without the empty one. The error is [io.EOF] if there is none; [ErrTooLarge];
// or [ErrMalformed] where one ends before it is whole, for whatever reason.
func (r reader) message() (lines []string, err error) {
	for left := maxMessage; ; {
		line, err := r.line(left)
		switch {
		case errors.Is(err, io.EOF) && line == "" && len(lines) == 0, errors.Is(err, ErrTooLarge):
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%w: it ends in its middle (%w)", ErrMalformed, err)
		}
		if line == "" {
			return lines, nil
		}
		left -= len(line) + 1
		lines = append(lines, line)
	}
}

// line returns the next line without its newline, which is LF alone.
func (r reader) line(limit int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > limit:
			return "", ErrTooLarge
		case err == nil:
			return string(line[:len(line)-1]), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return string(line), err
		}
	}
}

// splitLines returns the lines of a message that is whole.
func splitLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// parse is the only place where attributes are read. It refuses whatever two readers could take for two things: a line without
// "=", a name that git would not write, a control character, and a second value where one is meant.
func parse(lines []string) (attributes, error) {
	var read attributes
	seen := map[string]bool{}
	for _, line := range lines {
		key, value, found := strings.Cut(line, "=")
		switch {
		case !found || !isKey(key) || !isValue(key, value):
			return nil, ErrMalformed
		case key == "url": // which git takes apart, and which then means a protocol, a host and a path
			return nil, ErrMalformed
		case seen[key] && !strings.HasSuffix(key, "[]"):
			return nil, ErrMalformed
		}
		seen[key] = true
		read = append(read, attribute{key, secret.New(value)})
	}
	return read, nil
}

// isKey reports whether git would write an attribute of this name.
func isKey(key string) bool {
	name := strings.TrimSuffix(key, "[]")
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// isValue reports whether a value can be meant. A person can type whatever they like as a password, and a header of a server may
// contain a tab (RFC 9110, section 5.5).
func isValue(key, value string) bool {
	switch key {
	case "password":
		return !strings.ContainsAny(value, "\x00\n\r")
	case "wwwauth[]":
		value = strings.ReplaceAll(value, "\t", " ")
	}
	return !hasControl(value)
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// parseRequest reads the lines of a request.
func parseRequest(lines []string) (verb string, said attributes, err error) {
	if len(lines) == 0 {
		return "", nil, ErrMalformed
	}
	verb = lines[0]
	if !slices.Contains([]string{"get", "store", "erase", "capability"}, verb) {
		return "", nil, ErrNotAllowed
	}
	said, err = parse(lines[1:])
	return verb, said, err
}

// get returns the value of an attribute, "" if it is absent.
func (a attributes) get(key string) string {
	for _, one := range a {
		if one.key == key {
			return one.value.Reveal()
		}
	}
	return ""
}

// only returns the attributes with these names.
func (a attributes) only(keys []string) (some attributes) {
	for _, one := range a {
		if slices.Contains(keys, one.key) {
			some = append(some, one)
		}
	}
	return some
}

// secret is the password, or what authtype has in its place.
func (a attributes) secret() secret.String {
	if credential := a.get("credential"); credential != "" {
		return secret.New(credential)
	}
	return secret.New(a.get("password"))
}

// fingerprint names the secret for the log, without telling it; "" if there is none.
func (a attributes) fingerprint() string {
	kept := a.secret()
	if kept.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(kept.Reveal()))
	return hex.EncodeToString(sum[:6])
}

// text is what [parse] reads.
func (a attributes) text() []byte {
	var text bytes.Buffer
	for _, one := range a {
		fmt.Fprintf(&text, "%s=%s\n", one.key, one.value.Reveal())
	}
	return text.Bytes()
}

// message is the text with the empty line that ends it.
func (a attributes) message() []byte { return append(a.text(), '\n') }
