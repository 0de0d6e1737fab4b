package testforge

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Person is somebody at a browser before the pages of a server that is not ours: it keeps cookies, fills in form after
// form and follows every redirect. It runs no script. [Browser] is for the pages of a [Forge].
type Person struct {
	// Fields are what the person types, by the names of the fields. What else a form has is sent as it came.
	Fields url.Values
	// Submit is the text on the button to press, where a page has more than one form or button that would do.
	Submit string
}

// Visit opens an address and returns the page where no form is left to fill in.
func (p Person) Visit(address string) (page string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute}
	at, page, err := load(client.Get(address))
	const most = 8
	for range most {
		if err != nil {
			return "", err
		}
		form, err := p.form(page)
		if form == nil || err != nil {
			return page, err
		}
		target := at.ResolveReference(form.action)
		if form.get {
			target.RawQuery = form.values.Encode()
			at, page, err = load(client.Get(target.String()))
		} else {
			at, page, err = load(client.PostForm(target.String(), form.values))
		}
		if err != nil {
			return "", err
		}
	}
	return page, fmt.Errorf("after %d forms the browser is still at %s", most, at.Path)
}

// A form is what one of a page's sends.
type form struct {
	action *url.URL
	get    bool
	values url.Values
	typed  bool // the person has something to type there
	button bool // it has the button to press
}

// form returns the page's form that the person fills in: the one with the button, else with something to type, else the
// first that changes anything. It is nil if there is none.
func (p Person) form(page string) (*form, error) {
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	var first, typed *form
	for node := range document.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" {
			continue
		}
		form, err := p.fillIn(node)
		switch {
		case err != nil:
			return nil, err
		case form.button:
			return form, nil
		case form.typed && typed == nil:
			typed = form
		case !form.get && first == nil:
			first = form
		}
	}
	if typed != nil {
		return typed, nil
	}
	return first, nil
}

func (p Person) fillIn(node *html.Node) (*form, error) {
	action, err := url.Parse(attribute(node, "action"))
	if err != nil {
		return nil, errors.New("a form's action is no URL")
	}
	action.Fragment = ""
	filled := &form{action: action, get: !strings.EqualFold(attribute(node, "method"), "post"), values: url.Values{}}
	for input := range node.Descendants() {
		if input.Type == html.ElementNode {
			p.fill(filled, input)
		}
	}
	return filled, nil
}

// fill adds what a field of the form sends. The first button is the one that is pressed, unless another is named.
func (p Person) fill(form *form, input *html.Node) {
	name, value, kind := attribute(input, "name"), attribute(input, "value"), strings.ToLower(attribute(input, "type"))
	submits := input.Data == "button" && (kind == "" || kind == "submit") || input.Data == "input" && kind == "submit"
	switch {
	case submits:
		named := p.Submit != "" && strings.TrimSpace(text(input)) == p.Submit
		if name != "" && (named || !form.button && !form.values.Has(name)) {
			form.values.Set(name, value)
		}
		form.button = form.button || named
	case name == "" || input.Data != "input" || kind == "checkbox" || kind == "radio":
	case p.Fields.Has(name):
		form.values.Set(name, p.Fields.Get(name))
		form.typed = true
	default:
		form.values.Set(name, value)
	}
}

func attribute(node *html.Node, name string) string {
	for _, attribute := range node.Attr {
		if attribute.Key == name {
			return attribute.Val
		}
	}
	return ""
}

// text is what a node shows.
func text(node *html.Node) string {
	var shown strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			shown.WriteString(child.Data)
		}
	}
	return shown.String()
}
