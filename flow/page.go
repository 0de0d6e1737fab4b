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
	"strings"
)

//go:embed page.html
var pageHTML string

// A page is what the browser shows at the end of a sign-in: what happened, and what to do next.
type page struct {
	title, text, next string
	good              bool
}

// strayPage answers a request that is not the response to a sign-in of this process.
var strayPage = page{
	title: "This page is not part of a sign-in",
	text:  "The address does not belong to the sign-in that is waiting, or that sign-in is over.",
	next:  "Run the git command again, and use the page that it opens.",
}

// page tells the outcome of a sign-in.
func (c *Client) page(account string, err error) page {
	again := "Go back to the terminal and run the git command again."
	switch {
	case err == nil && account != "":
		return page{"Signed in to " + c.GitHost, "Git can now use " + c.GitHost + " as " + account + ".", "You can close this page and go back to the terminal.", true}
	case err == nil:
		return page{"Signed in to " + c.GitHost, "Git can now use " + c.GitHost + " in your name.", "You can close this page and go back to the terminal.", true}
	case errors.Is(err, ErrDenied):
		return page{"Access was not granted", c.GitHost + " says that you did not grant access, so git was given nothing.", "If you did not mean to, go back to the terminal and run the git command again.", false}
	case errors.Is(err, ErrClientRefused):
		return page{"Not signed in to " + c.GitHost, "The server refused the OAuth client: its id or secret is wrong.", "The terminal says how to set them. Then run the git command again.", false}
	case errors.Is(err, ErrTimeout):
		return page{"Too late", "The sign-in to " + c.GitHost + " was not finished in time.", again, false}
	}
	return page{"Not signed in to " + c.GitHost, "It did not work out: " + err.Error() + ".", again, false}
}

// serve writes the page. Everything variable is escaped, and the policy allows no script and no style but the page's own.
func (p page) serve(w http.ResponseWriter, status int) {
	class := "bad"
	if p.good {
		class = "good"
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
