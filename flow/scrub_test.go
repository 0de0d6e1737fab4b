package flow

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"git-credential-grant/internal/secret"
)

// forms are the ways in which a text may come back.
var forms = map[string]func(text string) string{
	"raw":                    func(s string) string { return s },
	"for a query":            url.QueryEscape,
	"for a path":             url.PathEscape,
	"in small letters":       func(s string) string { return lowerEscapes(url.QueryEscape(s)) },
	"every byte":             func(s string) string { return everyByte("%%%02X", s) },
	"twice":                  func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"three times":            func(s string) string { return url.PathEscape(url.QueryEscape(url.PathEscape(s))) },
	"JSON":                   inJSON,
	"JSON in JSON":           func(s string) string { return inJSON(inJSON(s)) },
	"JSON with slashes":      func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
	"JSON, every character":  func(s string) string { return everyByte(`\u%04x`, s) },
	"Python":                 func(s string) string { return everyByte(`\x%02x`, s) },
	"HTML":                   html.EscapeString,
	"HTML, every character":  func(s string) string { return everyByte("&#x%X;", s) },
	"HTML in decimal":        func(s string) string { return everyByte("&#%d;", s) },
	"HTML of a URL":          func(s string) string { return html.EscapeString(url.QueryEscape(s)) },
	"base64":                 func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 without padding": func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64 for URLs":        func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"base64 for a query": func(s string) string {
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("xy" + s + "z")))
	},
	"Basic":                   func(s string) string { return basic("an-id", s) },
	"Basic, longer id":        func(s string) string { return basic("an-id+", s) },
	"Basic, the longest id":   func(s string) string { return basic("an-id++", s) },
	"Basic, encoded":          func(s string) string { return basic("an-id", url.QueryEscape(s)) },
	"Basic in JSON":           func(s string) string { return inJSON(basic("an-id", s)) },
	"Basic in a query":        func(s string) string { return url.QueryEscape(basic("an-id", url.QueryEscape(s))) },
	"Basic, with URL letters": func(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(basic("an-id", s)) },
	"hexadecimal":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEXADECIMAL":             func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"shortened":               func(s string) string { return s[:max(tellingPart, len(s)/2)] + "..." },
}

func everyByte(format, s string) string {
	var all strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&all, format, b)
	}
	return all.String()
}

func lowerEscapes(s string) string {
	for i := range len(s) {
		if s[i] == '%' {
			s = s[:i] + strings.ToLower(s[i:i+3]) + s[i+3:]
		}
	}
	return s
}

func inJSON(s string) string {
	quoted, _ := json.Marshal(s)
	return strings.Trim(string(quoted), `"`)
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// TestCut: whatever form a secret has in a text, nothing of it is left, and what is around it stays.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, hidden := range []string{
		`S3cr3t/&+ "<$>'\%~`, "S3cr3t%2F%26 of 1", "ey0.e+/b_c-d==.f%g", strings.Repeat("Ab3/+", 100), "0123456789abcdef",
	} {
		for name, form := range forms {
			for _, around := range []string{"got %s here", "client_secret=%s&x=y", `{"token": "%s", "n": 1}`, "'%s'"} {
				text := fmt.Sprintf(around, form(hidden))
				if len(text) > maxText {
					continue
				}
				got := newSecrets("another secret", hidden).cut(text)
				got = strings.NewReplacer("Basic …", "…", "……", "…", "…...", "…").Replace(got)
				if want := fmt.Sprintf(around, secret.Dots); got != want {
					t.Errorf("%.20q, %s: %.200q became %.200q", hidden, name, text, got)
				}
			}
		}
	}
}

// TestCutLong: of a text that is cut off, nothing but a part of a character is left of a secret.
func TestCutLong(t *testing.T) {
	t.Parallel()
	hidden := strings.Repeat("Ab3/+", 2000)
	for name, form := range forms {
		got := strings.TrimPrefix(newSecrets(hidden).cut(form(hidden)+" here"), "Basic ")
		if rest, cut := strings.CutPrefix(got, secret.Dots); !cut || len(rest) > len(`%2525`) {
			t.Errorf("%s: %.200q", name, got)
		}
	}
}

// TestCutWords: a short secret is a word, and several secrets in one text leave nothing of any.
func TestCutWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		secrets    []string
		text, want string
	}{
		{nil, "invalid_grant", "invalid_grant"},
		{[]string{""}, "invalid_grant", "invalid_grant"},
		{[]string{"a", "in", "ent"}, "a client in pain: invalid_client_id", "… client … pain: invalid_client_id"},
		{[]string{"x/y"}, "client_secret=x%2Fy&a=x/yz", "client_secret=…&a=x/yz"},
		{[]string{"a"}, "a", "…"},
		{[]string{"abcd", "cdef"}, "xabcdefx", "x…x"},
		{[]string{"abcd", "abcdefgh"}, "abcdefgh abcd", "… …"},
		{[]string{"abcdefgh", "abcd"}, "abcdefgh abcdef", "… …ef"},
		{[]string{"abcdabcd"}, "abcdabcdabcd", "…"},
		{[]string{"grün&süß"}, "gr%C3%BCn%26s\\u00fc\\u00df, grün&süß", "…, …"},
		{[]string{"invalid_client"}, "invalid_client", "…"},
		{[]string{"S3cr3t"}, "s3cr3t S3cr3", "s3cr3t S3cr3"},
		// Pieces of ten letters and digits, whatever is between them.
		{[]string{"0123456789abcdefghij"}, "it ends in 9abcdefghij", "it ends in …"},
		{[]string{"0123456789abcdefghij"}, "0123456789 abc\ndefghij", "…"},
		{[]string{"0123456789abcdefghij"}, "0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00abcdefghij", "…"},
		{[]string{"0123456789abcdefghij"}, "0123\u200b456789ABCDEFGHIJ", "…"},
		{[]string{"0123456789abcdefghij"}, "0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j", "…"},
		{[]string{"0123456789abcdefghij"}, "9abcdefgh", "9abcdefgh"},
		{[]string{"100%2525"}, "of 100%2525 or 100%252525", "of … or …"},
	} {
		if got := newSecrets(test.secrets...).cut(test.text); got != test.want {
			t.Errorf("%q: %q became %q, want %q", test.secrets, test.text, got, test.want)
		}
	}
}

// TestCutEnds: texts that are made to look like secrets hold nobody up.
func TestCutEnds(t *testing.T) {
	t.Parallel()
	for _, repeated := range []string{"a", "%25", "%", `\`, `\\u005c`, "&", "&amp;", "AAAA", "+", "é", "\xff"} {
		text := strings.Repeat(repeated, 1<<20/len(repeated))
		began := time.Now()
		newSecrets(text[:1<<19]+"b", text+"c", strings.Repeat("%", 100)+"b", strings.Repeat(`\`, 100)+"b", "aaab").cut(text)
		if took := time.Since(began); took > requestTimeout {
			t.Errorf("%q: %v", repeated, took)
		}
	}
}
