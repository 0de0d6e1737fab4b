package testforge

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Browser is a person at a browser: it keeps cookies, fills in the form of a
// [Forge] and follows every redirect. The zero value signs in as alice.
type Browser struct {
	// As is the user who signs in; if empty, alice.
	As string
	// Cancel clicks "Cancel" instead of "Grant access".
	Cancel bool
	// Elsewhere, if set, gets the address that the forge redirects to, and that
	// is not loaded: the browser runs on another machine.
	Elsewhere func(address string)
}

// Visit opens an authorize URL, or the page for a device's code, and returns the
// page that it leads to. It is an error if the person has not come to the end.
func (b Browser) Visit(address string) (page string, err error) {
	start, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if b.Elsewhere == nil || next.URL.Host == start.Host {
			return nil
		}
		b.Elsewhere(next.URL.String())
		return http.ErrUseLastResponse
	}}
	at, page, err := load(client.Get(address))
	if err != nil {
		return "", err
	}
	if form := b.fillIn(page); form != nil {
		at, page, err = load(client.PostForm(at.ResolveReference(&url.URL{Path: formAction(page)}).String(), form))
		if err != nil {
			return "", err
		}
	}
	if at.Host == start.Host && at.Path != verifyDonePath && b.Elsewhere == nil {
		return page, fmt.Errorf("the browser is still at %s", at.Path)
	}
	return page, nil
}

func load(resp *http.Response, err error) (at *url.URL, page string, _ error) {
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.Request.URL, string(body), err
}

// formAction returns where the forge's form goes.
func formAction(page string) string {
	_, action, _ := strings.Cut(page, `action="`)
	action, _, _ = strings.Cut(action, `"`)
	return action
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// fillIn returns what the forge's form sends, or nil if the page has none.
func (b Browser) fillIn(page string) url.Values {
	hidden := hiddenField.FindAllStringSubmatch(page, -1)
	if hidden == nil {
		return nil
	}
	form := url.Values{"user": {cmp.Or(b.As, "alice")}, "decision": {"grant"}}
	if b.Cancel {
		form.Set("decision", "cancel")
	}
	for _, field := range hidden {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	return form
}
