package flow

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed page.html
var pageHTML string

// A page is what the browser shows at the end of a sign-in: what happened, and what to do next.
type page struct {
	title, text, next string
	good              bool
	kept              bool // the address stays as it is, for it may have to be pasted
}

// strayPage answers a request that is not the response to a sign-in of this process.
var strayPage = page{
	title: "This page is not part of a sign-in",
	text:  "The address does not belong to the sign-in that is waiting, or that sign-in is over.",
	next:  "Run the git command again, and use the page that it opens. If it waits for you to paste an address, paste that of this page.",
	kept:  true,
}

// A stray is something that came in the place of an answer.
type stray struct {
	page page
	told string // in the terminal, "" if it is nothing that a sign-in page sends
}

// authorizeErrors are the error codes of an authorization response (RFC 6749, section 4.1.2.1; OpenID Connect Core, section
// 3.1.2.6). One without our state may come from anybody, so that no other words of it are shown.
var authorizeErrors = []string{
	"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error",
	"temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required",
}

// stray says what is wrong with a response. Any web page can send one, so it does not end the wait.
func (l *loopback) stray(query url.Values) stray {
	const wait = "Git still waits. If the sign-in page goes no further, press Ctrl-C in the terminal."
	code := query.Get("error")
	if !slices.Contains(authorizeErrors, code) {
		code = "an error"
	}
	bad := func(title, text, told string) stray { return stray{page{title: title, text: text, next: wait}, told} }
	switch {
	case l.asked(query):
		return bad("The sign-in page has sent nothing", "Its answer has neither a code nor an error in it.",
			"the sign-in page has sent an answer without a code, and git still waits; Ctrl-C ends that")
	case query.Get("state") != "":
		return stray{strayPage, "the browser came with the answer to another sign-in; open the address that is shown above"}
	case query.Get("error") != "":
		return bad("Not signed in", "The server has answered with an error: "+code+". It does not say to which sign-in that belongs.",
			"the browser came with an error ("+code+") that does not say to which sign-in it belongs, and git still waits; "+
				"if the sign-in page goes no further, Ctrl-C ends that")
	case query.Get("code") != "":
		return bad("Not signed in", "The answer does not say to which sign-in it belongs: it has no state in it.",
			"the browser came with an answer that does not say to which sign-in it belongs (no state), and git still waits; "+
				"Ctrl-C ends that")
	}
	return stray{page: strayPage}
}

// page tells the outcome of a sign-in.
func (c *Client) page(account string, err error) page {
	const again = "Go back to the terminal and run the git command again."
	bad := func(title, text, next string) page { return page{title: title, text: text, next: next} }
	switch {
	case err == nil:
		const next = "You can close this page and go back to the terminal."
		return page{title: "Signed in to " + c.GitHost, text: c.signedIn(account), next: next, good: true}
	case errors.Is(err, ErrDenied):
		return bad("Access was not granted", c.GitHost+" says that you did not grant access, so git was given nothing.",
			"If you did not mean to, go back to the terminal and run the git command again.")
	case errors.Is(err, ErrClientRefused):
		return bad("Not signed in to "+c.GitHost, "The server refused the OAuth client: its id or secret is wrong.",
			"The terminal says how to set them. Then run the git command again.")
	case errors.Is(err, ErrTimeout):
		return bad("Too late", "The sign-in to "+c.GitHost+" was not finished in time.", again)
	}
	return bad("Not signed in to "+c.GitHost, "It did not work out: "+err.Error()+".", again)
}

// signedIn says whose account git can use from now on. It is always said: whoever can read the address in the browser's
// arguments can finish the sign-in in another name.
func (c *Client) signedIn(account string) string {
	if account == "" {
		return "Git can now use " + c.GitHost + " as an unnamed account."
	}
	return "Git can now use " + c.GitHost + " as " + account + "."
}

// serve writes the page. Everything variable is escaped, and the policy allows no script and no style but the page's own.
func (p page) serve(w http.ResponseWriter, status int) {
	class := "bad"
	if p.good {
		class = "good"
	}
	if p.kept {
		class += " kept"
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", pagePolicy())
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Connection", "close")
	w.WriteHeader(status)
	io.WriteString(w, strings.NewReplacer(
		"{{class}}", class,
		"{{title}}", html.EscapeString(p.title),
		"{{text}}", html.EscapeString(p.text),
		"{{next}}", html.EscapeString(p.next),
	).Replace(pageHTML))
}

// pagePolicy names the page's style and script by their hashes (https://www.w3.org/TR/CSP3/#match-element-to-source-list).
func pagePolicy() string {
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		hashSource("style"), hashSource("script"))
}

func hashSource(element string) string {
	_, content, _ := strings.Cut(pageHTML, "<"+element+">")
	content, _, _ = strings.Cut(content, "</"+element+">")
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
