package flow

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"git-credential-grant/internal/secret"
)

// Servers repeat in their errors what they were sent: a token as it is, a form as it came in its encoding, an
// Authorization header in base64. What they say is shown only after all secrets of the run were cut out of it.

// secrets are what a server knows of a run: what it was sent, and what it has sent itself.
type secrets []secret.String

// newSecrets makes texts secrets.
func newSecrets(texts ...string) secrets {
	var s secrets
	for _, text := range texts {
		s = append(s, secret.New(text))
	}
	return s
}

const (
	// maxText is how much of what a server says is looked at, more than is ever shown of it.
	maxText = 4096
	// tellingPart is how much of the beginning of a secret is cut out too: servers shorten what they repeat.
	tellingPart = 12
	// shortSecret is how long a secret is that is cut out only where it is a word: any letter may be one.
	shortSecret = 3
)

// cut returns a text with dots in the place of the secrets, in whatever form they were sent: as they are, or in base64 or
// hexadecimal, and each of these encoded for a URL, JSON or HTML, several times over.
func (s secrets) cut(text string) string {
	text = text[:min(len(text), maxText)]
	hidden := make([]bool, len(text))
	needles := s.needles()
	hidePieces(text, hidden, needles)
	for _, n := range needles {
		for at := range text {
			from, to := n.span(text, at)
			for i := from; i < to; i++ {
				hidden[i] = true
			}
			if to == len(text) {
				break
			}
		}
	}
	var shown strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			shown.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			shown.WriteString(secret.Dots)
		}
	}
	return shown.String()
}

// piece is how many letters and digits in a row, of a secret of that length or a longer one, are enough to be hidden.
const piece = 10

// hidePieces marks what is a piece of a secret in the spelling of letters and digits alone: servers wrap what they repeat,
// put it into lists, change its case, or show its end.
func hidePieces(text string, hidden []bool, needles []needle) {
	pieces := map[string]bool{}
	for _, n := range needles {
		spelt, _ := spell(n.text)
		for i := 0; !n.word && i+piece <= len(spelt); i++ {
			// Letters alone may be words, of which an error is made too: "refresh token". They count beside another piece.
			pieces[spelt[i:i+piece]] = strings.ContainsAny(spelt[i:i+piece], "0123456789")
		}
	}
	spelt, at := spell(text)
	for changed := true; changed; {
		changed = false
		for i := 0; i+piece <= len(spelt); i++ {
			from, to := at[i], at[i+piece-1]
			telling, known := pieces[spelt[i:i+piece]]
			if !known || hidden[from] && hidden[to] || !telling && !hidden[from] && !hidden[to] {
				continue
			}
			for j := from; j <= to; j++ {
				hidden[j] = true
			}
			changed = true
		}
	}
}

// spell returns the letters and digits of ASCII in a text, in lower case, and where in the text they are.
func spell(text string) (spelt string, at []int) {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) {
			b.WriteByte(byte(unicode.ToLower(rune(c))))
			at = append(at, i)
		}
	}
	return b.String(), at
}

// in reports whether a text has a secret in it.
func (s secrets) in(text string) bool { return s.cut(text) != text[:min(len(text), maxText)] }

// A needle is a form of a secret to look for.
type needle struct {
	text string
	// word is one that counts only as a word of its own; inRun one that is a part of a longer text in base64, of which
	// nothing is shown.
	word, inRun bool
}

// needles are the forms that are not merely another spelling of each character.
func (s secrets) needles() (needles []needle) {
	for _, hidden := range s {
		text := hidden.Reveal()
		text = text[:min(len(text), maxText)]
		switch {
		case text == "":
			continue
		case len(text) <= shortSecret:
			needles = append(needles, needle{text: text, word: true})
			continue
		}
		code := hex.EncodeToString([]byte(text))
		needles = append(needles, needle{text: text}, needle{text: code}, needle{text: strings.ToUpper(code)})
		for _, sent := range []string{text, url.QueryEscape(text), url.PathEscape(text)} {
			needles = append(needles, inBase64(sent)...)
		}
	}
	return needles
}

// inBase64 returns what is to be seen of a text in the base64 of a longer one, in which it begins at any of three
// offsets. Characters that depend on its neighbours are left out.
func inBase64(text string) (needles []needle) {
	for before, first := range []int{0, 2, 3} {
		code := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), text...))
		core := code[first : (before+len(text))*8/6]
		if len(core) <= shortSecret {
			continue
		}
		needles = append(needles, needle{text: core, inRun: true})
		if forURL := strings.NewReplacer("+", "-", "/", "_").Replace(core); forURL != core {
			needles = append(needles, needle{text: forURL, inRun: true})
		}
	}
	return needles
}

// span returns which part of a text is to be hidden, if the needle begins at an offset; else from is to.
func (n needle) span(text string, at int) (from, to int) {
	from, to = at, n.end(text, at)
	switch {
	case to == from:
	case n.word:
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		if inWord(before) || inWord(after) {
			return at, at
		}
	case n.inRun:
		for from > 0 && inBase64Run(text[from-1], "+/-") {
			from--
		}
		for to < len(text) && inBase64Run(text[to], "+/-=%") {
			to++
		}
	}
	return from, to
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// inBase64Run reports whether a byte belongs to base64 of either alphabet, as it is or encoded for a URL.
func inBase64Run(b byte, more string) bool {
	return b < utf8.RuneSelf && (inWord(rune(b)) || strings.IndexByte(more, b) >= 0)
}

// end returns where a needle ends that begins at an offset, or as much of it as is telling; the offset itself if it does
// not begin there.
func (n needle) end(text string, at int) int {
	// A text may be read in more than one way, though hardly in as many as these. Two arrays take turns.
	var readings [2][maxReadings]int
	ends := append(readings[0][:0], at)
	matched := 0
	for _, r := range n.text {
		next := readings[(matched+1)%2][:0]
		for _, end := range ends {
			next = appendReadings(next, text, end, r)
		}
		if len(next) == 0 {
			if matched >= tellingPart {
				break
			}
			return at
		}
		ends = next
		matched++
	}
	return slices.Max(ends)
}

const (
	maxReadings = 8
	// maxEncodings is how often one encoding can have been encoded again.
	maxEncodings = 4
)

// appendReadings adds where a character ends that a text has at an offset, in each spelling in which it can be there.
func appendReadings(ends []int, text string, at int, r rune) []int {
	rest, plain := text[at:], string(r)
	add := func(width int) {
		if width > 0 && len(ends) < cap(ends) && !slices.Contains(ends, at+width) {
			ends = append(ends, at+width)
		}
	}
	if strings.HasPrefix(rest, plain) {
		add(len(plain))
	}
	if rest == "" {
		return ends
	}
	switch rest[0] {
	case '+': // for a space in a form
		if r == ' ' {
			add(1)
		}
	case '%':
		addPercent(add, rest, plain)
		if r == ' ' {
			addPercent(add, rest, "+")
		}
	case '\\':
		addBackslash(add, rest, r)
	case '&':
		end := strings.IndexByte(rest[:min(len(rest), len("&#x10FFFF;"))], ';')
		if html.UnescapeString(rest[:end+1]) == plain {
			add(end + 1)
		}
	}
	return ends
}

// addPercent adds the length of a character that is encoded for a URL (RFC 3986, section 2.1), once or again: %2F, %252F.
func addPercent(add func(width int), text, plain string) {
	rest := text
	for i := range len(plain) {
		percent := false
		if rest, percent = strings.CutPrefix(rest, "%"); !percent {
			return
		}
		for range maxEncodings {
			if plain == "%" && hasHex(rest, 2, '%') {
				add(len(text) - len(rest) + 2) // and what follows may belong to it too
			} else if hasHex(rest, 2, rune(plain[i])) {
				break
			}
			rest = strings.TrimPrefix(rest, "25")
		}
		if !hasHex(rest, 2, rune(plain[i])) {
			return
		}
		rest = rest[2:]
	}
	add(len(text) - len(rest))
}

// addBackslash adds the length of a character that is escaped as in JSON (RFC 8259, section 7), once or again: \/, \u002f,
// \\\/. Python and C write \x2f.
func addBackslash(add func(width int), text string, r rune) {
	escaped := 1
	for escaped < min(len(text), 1<<maxEncodings) && text[escaped] == '\\' {
		escaped++
	}
	rest := text[escaped:]
	switch {
	case strings.HasPrefix(rest, string(r)):
		add(escaped + len(string(r)))
	case strings.HasPrefix(rest, "u") && hasHex(rest[1:], 4, r):
		add(escaped + 5)
	case strings.HasPrefix(rest, "x") && hasHex(rest[1:], 2, r):
		add(escaped + 3)
	}
	for width := 2; r == '\\' && width <= escaped; width *= 2 {
		add(width)
	}
}

// hasHex reports whether a text begins with a number in so many hexadecimal digits.
func hasHex(text string, digits int, number rune) bool {
	if len(text) < digits {
		return false
	}
	got, err := strconv.ParseUint(text[:digits], 16, 32)
	return err == nil && rune(got) == number
}
