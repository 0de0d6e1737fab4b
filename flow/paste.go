package flow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Where the browser runs on another machine, its answer does not reach the listener here. The person then pastes the
// address at which the browser ended up into the terminal. That is the whole authorization response: the code alone
// would not do, because only the state says which sign-in it answers (RFC 6749, section 10.12).

// maxPaste is more than any authorization response.
const maxPaste = 1 << 16

// errPartial: what was pasted begins like the address, and something is missing.
var errPartial = errors.New("that is not all of the address; paste the rest, or the whole of it again")

// takePasted gives the callback what the person pastes, and says what is wrong with it, until ctx ends or there is
// nothing more to read. pending gets the number of characters that wait for Enter.
func (s signIn) takePasted(ctx context.Context, callback *loopback, pending chan<- int) {
	var pasted paste
	for {
		text, err := s.ui.Paste(ctx)
		if err != nil {
			return
		}
		answer, err := pasted.add(text, callback)
		if answer != nil {
			s.client.trace("the address of the answer was pasted")
			callback.take(answer)
			return
		}
		if err != nil {
			s.ui.tell(err.Error())
		}
		select {
		case pending <- len(trimPasted(pasted.text)):
		default:
		}
	}
}

// A paste is what the person has entered so far. A terminal may hand it over in pieces.
type paste struct{ text string }

// add takes in one more piece. Once the person has pressed Enter it returns the answer, or what is wrong.
func (p *paste) add(piece string, callback *loopback) (*answer, error) {
	p.text += piece
	if !strings.HasSuffix(piece, "\n") && len(p.text) < maxPaste {
		return nil, nil
	}
	answer, err := callback.pasted(p.text)
	blank := trimPasted(p.text) == ""
	if !errors.Is(err, errPartial) || len(p.text) >= maxPaste {
		p.text = ""
	}
	if blank {
		return nil, nil
	}
	return answer, err
}

// pasted reads the authorization response out of what a person has pasted, perhaps twice, since nothing shows, or after
// something else. The last address in it that is an answer counts.
func (l *loopback) pasted(text string) (*answer, error) {
	parts := l.addresses(trimPasted(text))
	_, wrong := l.answerIn(parts[len(parts)-1])
	for _, address := range slices.Backward(parts) {
		if answer, err := l.answerIn(address); err == nil {
			return answer, nil
		}
	}
	return nil, wrong
}

// addresses cuts a text where an address of our host begins.
func (l *loopback) addresses(text string) (parts []string) {
	begin := 0
	for _, at := range regexp.MustCompile(`(?i:https?://)?`+regexp.QuoteMeta(l.host)).FindAllStringIndex(text, -1) {
		if start := at[0]; start > begin && text[start-1] != '@' {
			parts = append(parts, text[begin:start])
			begin = start
		}
	}
	return append(parts, text[begin:])
}

// answerIn reads the authorization response out of an address, which must be the redirect URI's and have our state. Not
// every browser shows http://, and some make it https://.
func (l *loopback) answerIn(address string) (*answer, error) {
	if strings.HasPrefix(address, l.host) {
		address = "http://" + address
	}
	if rest, secure := strings.CutPrefix(address, "https://"); secure && strings.HasPrefix(l.redirect, "http://"+rest) {
		address = "http://" + rest
	}
	if address != "" && strings.HasPrefix(l.redirect, address) {
		return nil, errPartial
	}
	u, err := url.Parse(address)
	switch {
	case err == nil && l.isAuthorize(u):
		return nil, errors.New("that is the address to sign in at: open it in a browser, grant access there, " +
			"and paste the address of the page that comes after that")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !l.serves(u.Host, u.EscapedPath()):
		return nil, fmt.Errorf("that is not the address: paste the whole of it, as the browser shows it; it begins with %s", l.redirect)
	}
	query, err := parseAnswer(u.RawQuery)
	switch {
	case err != nil, !isAnswer(query), len(query.Get("state")) < len(l.state):
		return nil, errPartial
	case !l.asked(query):
		return nil, errors.New("that address belongs to another sign-in; open the one that is shown above")
	}
	answer := newAnswer(query)
	answer.pasted = true
	return answer, nil
}

// isAuthorize reports whether an address is that of the page at which the person signs in.
func (l *loopback) isAuthorize(u *url.URL) bool {
	page, err := url.Parse(l.authorize)
	return err == nil && l.authorize != "" && u.Host == page.Host && u.EscapedPath() == page.EscapedPath()
}

// trimPasted removes what terminals, mails and people put around an address and into it. Blanks are no part of any:
// they are where a line was wrapped.
func trimPasted(text string) string {
	// What a terminal in "bracketed paste" mode sends (https://invisible-island.net/xterm/xterm-paste64.html).
	text = strings.NewReplacer("\x1b[200~", "", "\x1b[201~", "").Replace(text)
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
	return strings.Trim(text, "<>\"'`")
}
