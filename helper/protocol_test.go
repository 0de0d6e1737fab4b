package helper

import (
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/tools/txtar"
)

func TestReadAccepts(t *testing.T) {
	const ask = "protocol=https\nhost=git.example\n"
	// fill makes a line of so many bytes.
	fill := func(key string, bytes int) string {
		return key + "=" + strings.Repeat("a", bytes-len(key)-1) + "\n"
	}
	for name, test := range map[string]struct{ in, want string }{
		"a message":                    {ask, ask},
		"no final newline":             {"protocol=https\nhost=git.example", ask},
		"a blank line ends it":         {ask + "\nhost=evil.example\n", ask},
		"keys of a later git are kept": {ask + "brand-new=1\n", ask + "brand-new=1\n"},
		"lists of a later git are not": {ask + "brand-new[]=1\n", ask},
		"any order":                    {"password=p\nhost=git.example\nusername=u\nprotocol=https\n", ask + "username=u\npassword=p\n"},
		"an = in the value":            {ask + "password=a=b=\n", ask + "password=a=b=\n"},
		"spaces belong to the value":   {ask + "password= p \n", ask + "password= p \n"},
		"empty is not absent":          {ask + "username=\n", ask + "username=\n"},
		"an empty host":                {"protocol=cert\nhost=\n", "protocol=cert\nhost=\n"},
		"no host":                      {"protocol=https\n", "protocol=https\n"},
		"the last value wins":          {ask + "username=a\nusername=b\n", ask + "username=b\n"},
		"bytes that are no UTF-8":      {ask + "password=\xe9\x85\n", ask + "password=\xe9\x85\n"},
		"the longest line":             {ask + fill("password", 65535), ask + fill("password", 65535)},
		"the longest line at the end":  {ask + strings.TrimSuffix(fill("password", 65535), "\n"), ask + fill("password", 65535)},

		"lists keep their order": {
			ask + "wwwauth[]=Basic\nstate[]=a:1\nwwwauth[]=Bearer\nstate[]=b:2\n",
			ask + "wwwauth[]=Basic\nwwwauth[]=Bearer\nstate[]=a:1\nstate[]=b:2\n",
		},
		"an empty one resets":    {ask + "wwwauth[]=Basic\nwwwauth[]=\nwwwauth[]=Bearer\n", ask + "wwwauth[]=Bearer\n"},
		"and so for all of them": {"capability[]=state\ncapability[]=\n" + ask + "state[]=a\nstate[]=\n", ask},
		"whatever is typed":      {ask + "password=\ta\x01\x1b[2J\r\x7f\n", ask + "password=\ta\x01\x1b[2J\r\x7f\n"},
		"a tab in a header":      {ask + "wwwauth[]=Basic\trealm=x\n", ask + "wwwauth[]=Basic\trealm=x\n"},
		// Any server can send such a header, and t0303 asks that it does no harm.
		"a header that is too long": {ask + fill("wwwauth[]", 65536) + "wwwauth[]=Basic\n", ask + "wwwauth[]=Basic\n"},
		"a much longer one":         {ask + fill("wwwauth[]", 300_000) + "username=u\n", ask + "username=u\n"},
		"the longest header":        {ask + fill("wwwauth[]", 65535), ask + fill("wwwauth[]", 65535)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := written(t, parse(t, test.in)); got != test.want {
				t.Errorf("got %.300q\nwant %.300q", got, test.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	const ask = "protocol=https\nhost=git.example\n"
	long := strings.Repeat("a", 65536-len("password="))
	for name, test := range map[string]struct{ in, words string }{
		"nothing":                       {"", "without a protocol"},
		"no protocol":                   {"host=git.example\n", "without a protocol"},
		"an empty protocol":             {"protocol=\nhost=git.example\n", "without a protocol"},
		"a protocol after the end":      {"host=git.example\n\nprotocol=https\n", "without a protocol"},
		"two hosts":                     {ask + "host=evil.example\n", `two values of "host"`},
		"the same host twice":           {ask + "host=git.example\n", `two values of "host"`},
		"an empty host and another":     {"protocol=https\nhost=\nhost=git.example\n", `two values of "host"`},
		"two protocols":                 {ask + "protocol=http\n", `two values of "protocol"`},
		"no =":                          {ask + "rubbish\n", "not key=value"},
		"no key":                        {ask + "=value\n", "not key=value"},
		"CRLF":                          {"protocol=https\r\nhost=git.example\r\n", `control character in the attribute "protocol"`},
		"a CR":                          {ask + "username=\rhost=evil.example\n", `control character in the attribute "username"`},
		"a NUL":                         {"protocol=https\nhost=git.example\x00.evil.example\n", `control character in the attribute "host"`},
		"an escape":                     {ask + "username=\x1b[2J\n", `control character in the attribute "username"`},
		"a DEL":                         {ask + "path=a\x7f\n", `control character in the attribute "path"`},
		"a tab that is in no header":    {ask + "username=a\tb\n", `control character in the attribute "username"`},
		"a CR in a header":              {ask + "wwwauth[]=Basic\rhost=evil.example\n", `control character in the attribute "wwwauth[]"`},
		"a CR in a state":               {ask + "state[]=a\rb\n", `control character in the attribute "state[]"`},
		"an attribute of controls":      {ask + "\x1b[2J=1\n", `control character in the attribute "\x1b[2J"`},
		"a line that is too long":       {ask + "password=" + long + "\n", "more than 65,535 bytes"},
		"a NUL in a password":           {ask + "password=a\x00b\n", `control character in the attribute "password"`},
		"the same at the end":           {ask + "password=" + long, "more than 65,535 bytes"},
		"a long line with a header":     {ask + "password=" + long + "wwwauth[]=\n", "more than 65,535 bytes"},
		"a long header that is no list": {ask + "wwwauth[=" + long + "\n", "more than 65,535 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Read(strings.NewReader(test.in))
			if c != nil || err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("got %.300v, %v; want an error about %q", c, err, test.words)
			}
			// What was refused is not repeated to the person: it may be a password, and it may steer the terminal.
			if err != nil && hasControl(err.Error()) {
				t.Errorf("the error %q has a control character", err)
			}
		})
	}
}

// A pipe that breaks must not make a shorter message, with a shorter host, out of one that was cut off.
func TestReadOfABrokenPipe(t *testing.T) {
	broken := errors.New("broken pipe")
	c, err := Read(io.MultiReader(strings.NewReader("protocol=https\nhost=git.example"), iotest.ErrReader(broken)))
	if c != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestWriteOrder(t *testing.T) {
	c := &Credential{
		Attributes: attributes(map[string]string{
			"zulu": "z", "alpha": "a", "quit": "1", "continue": "1", "password_expiry_utc": "1", "oauth_refresh_token": "r",
			"password": "p", "username": "u", "path": "x", "host": "h", "protocol": "https", "ephemeral": "1",
			"credential": "c", "authtype": "Bearer",
		}),
		Capabilities: []string{"state", "authtype"},
		WWWAuth:      []string{"Basic", "Bearer"},
		State:        []string{"b:2", "a:1"},
	}
	// "capability[] ... must be the first" (git-credential(1)); the rest as git itself writes it.
	const want = `capability[]=state
capability[]=authtype
authtype=Bearer
credential=c
ephemeral=1
protocol=https
host=h
path=x
username=u
password=p
oauth_refresh_token=r
password_expiry_utc=1
continue=1
quit=1
alpha=a
zulu=z
wwwauth[]=Basic
wwwauth[]=Bearer
state[]=b:2
state[]=a:1
`
	if got := written(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A token with a newline would become a line of its own, such as another host. Half a credential is no better.
func TestWriteRefuses(t *testing.T) {
	for name, c := range map[string]*Credential{
		"a newline":           {Attributes: attributes(map[string]string{"username": "u", "password": "t\nhost=evil.example"})},
		"a CR":                {Attributes: attributes(map[string]string{"username": "u\r", "password": "t"})},
		"a NUL":               {Attributes: attributes(map[string]string{"username": "u", "password": "t\x00"})},
		"a tab":               {Attributes: attributes(map[string]string{"username": "u\t", "password": "t"})},
		"a line too long":     {Attributes: attributes(map[string]string{"username": "u", "password": strings.Repeat("t", 65536-len("password="))})},
		"a newline in a list": {Attributes: attributes(map[string]string{"username": "u"}), State: []string{"a\nb"}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			err := c.Write(&b)
			if err == nil || b.Len() > 0 {
				t.Errorf("got %v after writing %.100q", err, b.String())
			}
			if err != nil && strings.Contains(err.Error(), "evil") {
				t.Errorf("the error %q tells the value", err)
			}
		})
	}
}

// FuzzRead is a round trip: what was read can be written, reads back as the same, and has no line that was not read.
func FuzzRead(f *testing.F) {
	for _, message := range messagesOfScripts(f) {
		f.Add(message)
	}
	f.Add("protocol=https\nhost=h\nusername=\xe9\nwwwauth[]=Basic\trealm=x\nwwwauth[]=\nstate[]=a\nnew=1\nnew[]=1")
	f.Fuzz(func(t *testing.T, in string) {
		c, err := Read(strings.NewReader(in))
		if err != nil {
			return
		}
		out := written(t, c)
		if again := parse(t, out); !reflect.DeepEqual(again, c) {
			t.Errorf("read back as %q, want %q", again, c)
		}
		lines := strings.Split(in, "\n")
		for line := range strings.Lines(out) {
			if !slices.Contains(lines, strings.TrimSuffix(line, "\n")) {
				t.Errorf("the line %q came from nowhere", line)
			}
		}
	})
}

// messagesOfScripts returns the credentials that the end-to-end scripts use.
func messagesOfScripts(f *testing.F) []string {
	scripts, err := filepath.Glob("../testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	var messages []string
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if message := string(file.Data); strings.Contains(message, "protocol=") {
				messages = append(messages, message)
			}
		}
	}
	if messages == nil {
		f.Fatal("the scripts have no credentials any more")
	}
	return messages
}
