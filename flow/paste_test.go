package flow

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	pasteState = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	pasteHost  = "127.0.0.1:40123"
	pasteGood  = "http://" + pasteHost + "/?code=the%2Bcode%3D&state=" + pasteState

	pasteCodeLast = "http://" + pasteHost + "/?state=" + pasteState + "&code=the%2Bcode%3D"
)

func waiting(path string) *loopback {
	l := &loopback{
		redirect: "http://" + pasteHost + path, host: pasteHost, path: path, state: pasteState,
		authorize: "https://git.example/authorize?prompt=login",
	}
	if path == "" {
		l.path = "/"
	}
	return l
}

func TestPasted(t *testing.T) {
	for name, test := range map[string]struct{ path, text, code, errorCode string }{
		"whole":             {"", pasteGood, "the+code=", ""},
		"blanks around":     {"", " \t" + pasteGood + " \r\n", "the+code=", ""},
		"wrapped":           {"", "http://127.0.0\n  .1:40123/?code=the%2B\ncode%3D&st\nate=ABCDEFGHIJ KLMNOPQRSTUVWXYZ\n", "the+code=", ""},
		"in quotes":         {"", `"` + pasteGood + `"`, "the+code=", ""},
		"in angle brackets": {"", "<" + pasteGood + ">", "the+code=", ""},
		"bracketed paste":   {"", "\x1b[200~" + pasteGood + "\x1b[201~\n", "the+code=", ""},
		"an invisible mark": {"", "\u200b" + pasteGood + "\ufeff", "the+code=", ""},
		"without http://":   {"", strings.TrimPrefix(pasteGood, "http://"), "the+code=", ""},
		"without a slash":   {"", "http://" + pasteHost + "?code=c&state=" + pasteState, "c", ""},
		"twice":             {"", pasteGood + pasteGood, "the+code=", ""},
		"twice, code last":  {"", pasteCodeLast + pasteCodeLast, "the+code=", ""},
		"three times":       {"", pasteCodeLast + "\n" + pasteCodeLast + "\n" + pasteCodeLast, "the+code=", ""},
		"twice, no http://": {"", strings.Repeat(strings.TrimPrefix(pasteCodeLast, "http://"), 2), "the+code=", ""},
		"twice, one half":   {"", pasteCodeLast + pasteCodeLast[:50], "the+code=", ""},
		"another's before":  {"", strings.Replace(pasteGood, "ABC", "CBA", 1) + pasteGood, "the+code=", ""},
		"another's after":   {"", pasteGood + strings.Replace(pasteGood, "ABC", "CBA", 1), "the+code=", ""},
		"https":             {"", strings.Replace(pasteGood, "http:", "https:", 1), "the+code=", ""},
		"https, twice":      {"", strings.Repeat(strings.Replace(pasteCodeLast, "http:", "https:", 1), 2), "the+code=", ""},
		"a semicolon":       {"", "http://" + pasteHost + "/?code=a;b&state=" + pasteState, "a;b", ""},
		"after something":   {"", "oops " + pasteGood, "the+code=", ""},
		"with a fragment":   {"", pasteGood + "#_=_", "the+code=", ""},
		"more parameters":   {"", pasteGood + "&session_state=x&iss=https%3A%2F%2Fid.example", "the+code=", ""},
		"a path":            {"/authenticated", "http://" + pasteHost + "/authenticated?code=c&state=" + pasteState, "c", ""},
		"an error":          {"", "http://" + pasteHost + "/?error=access_denied&state=" + pasteState, "", "access_denied"},
		"upper case":        {"", strings.ToUpper("http") + strings.TrimPrefix(pasteGood, "http"), "the+code=", ""},
	} {
		answer, err := waiting(test.path).pasted(test.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if answer.code != test.code || answer.errorCode != test.errorCode || !answer.pasted {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

func TestPastedWrong(t *testing.T) {
	const notTheAddress, notAll, another = "that is not the address", "not all of the address", "another sign-in"
	const signInLink = "that is the address to sign in at"
	for name, test := range map[string]struct{ text, want string }{
		"only the code":      {"the+code=", notTheAddress},
		"the sign-in link":   {"https://git.example/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A40123&state=" + pasteState + "&code=c", signInLink},
		"the page before":    {"https://git.example/consent?state=" + pasteState + "&code=c", notTheAddress},
		"https, its half":    {"https://127.0", notAll},
		"twice, both halves": {pasteGood[:50] + pasteGood[:50], notAll},
		"code cut in two":    {"http://" + pasteHost + "/?state=" + pasteState + "&code=the%2", notAll},
		"another port":       {strings.Replace(pasteGood, "40123", "40124", 1), notTheAddress},
		"another host":       {strings.Replace(pasteGood, "127.0.0.1", "localhost", 1), notTheAddress},
		"a longer port":      {strings.Replace(pasteGood, "40123", "401230", 1), notTheAddress},
		"another path":       {strings.Replace(pasteGood, "/?", "/x?", 1), notTheAddress},
		"a user name":        {strings.Replace(pasteGood, "127", "me@127", 1), notTheAddress},
		"our host as a user": {strings.Replace(pasteGood, "/?", "@evil.example/?", 1), notTheAddress},
		"the redirect URI":   {"http://" + pasteHost, notAll},
		"its beginning":      {"http://127.0", notAll},
		"no state":           {"http://" + pasteHost + "/?code=c", notAll},
		"half a state":       {pasteGood[:len(pasteGood)-9], notAll},
		"no code":            {"http://" + pasteHost + "/?state=" + pasteState, notAll},
		"an empty code":      {"http://" + pasteHost + "/?code=&state=" + pasteState, notAll},
		"another state":      {strings.Replace(pasteGood, "ABC", "CBA", 1), another},
		"a longer state":     {pasteGood + "A", another},
		"in the fragment":    {"http://" + pasteHost + "/#code=c&state=" + pasteState, notAll},
	} {
		answer, err := waiting("").pasted(test.text)
		if answer != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %+v, %v", name, answer, err)
		}
		if err != nil && (strings.Contains(err.Error(), "code=") || strings.Contains(err.Error(), pasteState)) {
			t.Errorf("%s: the message repeats what was pasted: %v", name, err)
		}
	}
}

// TestPasteInPieces: a terminal hands over what arrives, which need not be a line.
func TestPasteInPieces(t *testing.T) {
	for name, pieces := range map[string][]string{
		"at once":                   {pasteGood + "\n"},
		"Enter later":               {pasteGood, "\n"},
		"anywhere":                  {pasteGood[:9], pasteGood[9:30], pasteGood[30:] + "\n"},
		"Enter within":              {pasteGood[:40] + "\n", "!not all of", pasteGood[40:] + "\n"},
		"blank lines":               {"\n", " \r\n", pasteGood + "\n"},
		"something wrong before":    {"hello\n", "!not the address", pasteGood + "\n"},
		"a key before":              {"\x1b[A", pasteGood + "\n"},
		"half, then the whole":      {pasteGood[:50] + "\n", "!not all of", pasteGood + "\n"},
		"another's, then the right": {strings.Replace(pasteGood, "ABC", "CBA", 1) + "\n", "!another sign-in", pasteGood + "\n"},
	} {
		var pasted paste
		var last *answer
		var err error
		for _, piece := range pieces {
			if want, complaint := strings.CutPrefix(piece, "!"); complaint {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got %v, want %s", name, err, want)
				}
				continue
			}
			last, err = pasted.add(piece, waiting(""))
		}
		if err != nil || last == nil || last.code != "the+code=" {
			t.Errorf("%s: got %+v, %v", name, last, err)
		}
	}
}

// TestPasteWithoutEnd: a terminal that sends for ever fills no memory.
func TestPasteWithoutEnd(t *testing.T) {
	var pasted paste
	for range 100 {
		pasted.add(strings.Repeat("x", 4096), waiting(""))
		if len(pasted.text) > maxPaste {
			t.Fatalf("%d bytes are kept", len(pasted.text))
		}
	}
}

// FuzzPasted: an answer comes only out of the redirect URI with our state, however it is wrapped.
func FuzzPasted(f *testing.F) {
	f.Add(pasteGood, 10)
	f.Add("http://"+pasteHost+"/?error=x&state="+pasteState, 30)
	f.Add("http://"+pasteHost+"@evil.example/?code=c&state="+pasteState, 3)
	f.Add("x"+pasteGood+"&state=2", 0)
	f.Fuzz(func(t *testing.T, text string, wrap int) {
		answer, err := waiting("").pasted(text)
		if (answer == nil) == (err == nil) {
			t.Fatalf("got %v, %v", answer, err)
		}
		if answer != nil && (!strings.Contains(trimPasted(text), pasteHost) || !hasState(text)) {
			t.Errorf("took %q", text)
		}
		if wrap < 0 || wrap >= len(text) || !utf8.RuneStart(text[wrap]) || strings.Contains(text, "\x1b") {
			return
		}
		again, wrapped := waiting("").pasted(text[:wrap] + "\n" + text[wrap:])
		if err == nil && (wrapped != nil || *again != *answer) && !errors.Is(wrapped, errPartial) {
			t.Errorf("%q wrapped at %d: got %v, %v", text, wrap, again, wrapped)
		}
	})
}

func hasState(text string) bool {
	plain, err := url.QueryUnescape(trimPasted(text))
	return err != nil || strings.Contains(plain, pasteState)
}
