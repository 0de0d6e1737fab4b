package helper

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// maxLine is the longest line of the protocol, without its newline: "helpers and git should not send lines of
// more than 65535 bytes" (git's Documentation/git-credential.adoc).
const maxLine = 65535

// writeOrder is the order in which git itself writes the attributes (credential_write in git's credential.c).
var writeOrder = []string{
	"authtype", "credential", "ephemeral", "protocol", "host", "path", "username", "password",
	"oauth_refresh_token", "password_expiry_utc", "continue", "quit",
}

// Read reads one message, up to a blank line or the end of r.
//
// It refuses what could make one attribute pass for another: a control character, but for a tab in a wwwauth[] and for what
// can be typed in a password; a second host or protocol; and a line longer than 65,535 bytes (CVE-2020-5260, CVE-2024-50338,
// CVE-2024-53263 were all of this kind). A wwwauth[] line that is too long is left out instead, because any server can send
// one. A message without a protocol is refused too.
func Read(r io.Reader) (*Credential, error) {
	c := &Credential{Attributes: Attributes{}}
	lines := bufio.NewReaderSize(r, maxLine+1)
	for {
		line, tooLong, err := readLine(lines)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		if tooLong && strings.HasPrefix(line, "wwwauth[]=") {
			continue
		}
		if tooLong {
			return nil, errors.New("refusing a credential line of more than 65,535 bytes")
		}
		if err := c.add(line); err != nil {
			return nil, err
		}
	}
	if c.Attributes.Get("protocol") == "" {
		return nil, errors.New("refusing a credential without a protocol")
	}
	c.Origin = newOrigin(c.Attributes.Get("protocol"), c.Attributes.Get("host"))
	if _, named := c.Attributes.Lookup("host"); !named {
		c.Origin = Origin{} // cert has an empty one
	}
	return c, nil
}

// readLine returns the next line without its newline; "" is the end of the message. LF is the only separator.
// Of a line that is too long, only the beginning is returned.
func readLine(r *bufio.Reader) (line string, tooLong bool, err error) {
	part, err := r.ReadSlice('\n')
	line = strings.TrimSuffix(string(part), "\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		tooLong = true
		_, err = r.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("reading the credential: %w", err)
	}
	return line, tooLong, nil
}

// add takes in one line.
func (c *Credential) add(line string) error {
	key, value, found := strings.Cut(line, "=")
	if !found || key == "" {
		return errors.New("refusing a credential line that is not key=value")
	}
	if hasControl(key) || !expressible(key, value) {
		return fmt.Errorf("refusing a control character in the attribute %q", key)
	}
	if list := c.list(key); list != nil {
		if value == "" {
			*list = nil
		} else {
			*list = append(*list, value)
		}
		return nil
	}
	if strings.HasSuffix(key, "[]") {
		return nil
	}
	if _, again := c.Attributes.Lookup(key); again && (key == "protocol" || key == "host") {
		return fmt.Errorf("refusing a credential with two values of %q", key)
	}
	c.Attributes.Set(key, value)
	return nil
}

// list returns where the values of a multi-valued attribute are kept, nil for one that we do not know.
func (c *Credential) list(key string) *[]string {
	switch key {
	case "capability[]":
		return &c.Capabilities
	case "wwwauth[]":
		return &c.WWWAuth
	case "state[]":
		return &c.State
	}
	return nil
}

// expressible reports whether a value can be sent. A header of the server may contain a tab (RFC 9110, section 5.5), and a
// password whatever a person types: only a newline and a NUL have a meaning to git (credential_write in its credential.c).
func expressible(key, value string) bool {
	switch key {
	case "wwwauth[]":
		value = strings.ReplaceAll(value, "\t", " ")
	case "password":
		return !strings.ContainsAny(value, "\x00\n")
	}
	return !hasControl(value)
}

// hasControl reports whether s has an ASCII control character.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// Write writes the message: capabilities first, as git's documentation asks, then the attributes in git's own order.
// It writes nothing and returns an error if a value could not be read back as it is.
func (c *Credential) Write(w io.Writer) error {
	var b strings.Builder
	write := func(key, value string) error {
		if !expressible(key, value) || len(key)+1+len(value) > maxLine {
			return fmt.Errorf("the value of %q does not fit into a line of git's credential protocol", key)
		}
		b.WriteString(key + "=" + value + "\n")
		return nil
	}
	var errs []error
	for _, value := range c.Capabilities {
		errs = append(errs, write("capability[]", value))
	}
	for _, key := range c.keys() {
		errs = append(errs, write(key, c.Attributes.Get(key)))
	}
	for _, value := range c.WWWAuth {
		errs = append(errs, write("wwwauth[]", value))
	}
	for _, value := range c.State {
		errs = append(errs, write("state[]", value))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// keys returns the names of the attributes in the order in which they are written.
func (c *Credential) keys() []string {
	keys := slices.Sorted(maps.Keys(c.Attributes))
	rank := func(key string) int {
		if i := slices.Index(writeOrder, key); i >= 0 {
			return i
		}
		return len(writeOrder)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	return keys
}
