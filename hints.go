package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// noClientError: the forge is known, and no OAuth client is set for it.
type noClientError struct{ host, clientURL string }

func (e *noClientError) Error() string { return "no OAuth client is set for " + e.host }

// settingsError: a value in git config cannot be used.
type settingsError struct {
	origin string
	err    error
}

func (e *settingsError) Error() string { return "settings of " + e.origin + ": " + e.err.Error() }
func (e *settingsError) Unwrap() error { return e.err }

// hints are what a person can do about an error. The first that fits is shown.
var hints = []struct {
	err  error
	hint string
}{
	{helper.ErrTokensRefused, "check that you may use the repository, then sign in anew: " + logOut},
	{helper.ErrOtherAccount, "take the name out of the URL (git remote set-url origin URL), or log out of the forge in the browser and run the command again"},
	{helper.ErrNobodyThere, "sign in where there is a terminal or a browser: git-credential-grant login ORIGIN"},
	{helper.ErrPaused, "run git in a terminal, which asks at once, or: git-credential-grant login ORIGIN"},
	{helper.ErrOnlyBearer, "install git 2.46 or later"},
	{flow.ErrClientRefused, "set the client's id and secret again: git config --global credential.ORIGIN.oauthClientId KEY, and oauthClientSecret likewise"},
	{flow.ErrScope, "give the OAuth client the permissions that the scopes name, or ask for others: git config --global credential.ORIGIN.oauthScopes \"...\""},
	{flow.ErrIssuer, "see what is set: git config --show-origin --get-urlmatch credential ORIGIN"},
	{flow.ErrCertificate, "tell git of the authority that signed it: git config --global http.sslCAInfo FILE"},
	{flow.ErrDenied, "run the git command again and grant access"},
	{flow.ErrTimeout, "run the git command again; --timeout 10m in credential.helper gives more time"},
	{store.ErrLocked, "unlock the keyring, or keep sign-ins in an encrypted file: git config --global credential.helper \"grant --store file\""},
	{store.ErrTimeout, "keep sign-ins in an encrypted file instead: git config --global credential.helper \"grant --store file\""},
	{store.ErrUnavailable, "keep sign-ins in an encrypted file instead: git config --global credential.helper \"grant --store file\""},
	{store.ErrTooLarge, "keep sign-ins in an encrypted file instead: git config --global credential.helper \"grant --store file\""},
}

// logOut forgets what is stored for an origin.
const logOut = "echo url=ORIGIN | git credential reject"

// hint returns what to do about an error, "" if there is nothing to say.
func (p *program) hint(err error) string {
	var noClient *noClientError
	if errors.As(err, &noClient) {
		return fmt.Sprintf("create one (%s), then: git config --global credential.https://%s.oauthClientId KEY, and oauthClientSecret likewise", noClient.clientURL, noClient.host)
	}
	var settings *settingsError
	if errors.As(err, &settings) {
		return "see what is set: git config --show-origin --get-urlmatch credential " + settings.origin
	}
	if p.usage {
		return "git-credential-grant --help"
	}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return strings.ReplaceAll(h.hint, "ORIGIN", p.origin)
		}
	}
	return ""
}

// complain shows an error and what to do about it. Ctrl-C needs no comment.
func (p *program) complain(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	p.tell(err.Error())
	if hint := p.hint(err); hint != "" {
		fmt.Fprintln(p.stderr, "hint: "+flow.Printable(hint))
	}
}

// tell shows a message to the person.
func (p *program) tell(message string) { fmt.Fprint(p.stderr, said(message)) }

// said is how a message is shown. What comes from a server or a URL cannot steer the terminal.
func said(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		lines = append(lines, flow.Printable(line))
	}
	return "git-credential-grant: " + strings.Join(lines, "\n") + "\n"
}

// note adds a step to the trace, if there is one.
func (p *program) note(format string, args ...any) {
	if trace := p.tracer(); trace != nil {
		trace(format, args...)
	}
}

// tracer tells each step with its time, nil if nobody wants to know.
func (p *program) tracer() func(string, ...any) {
	if !p.trace {
		return nil
	}
	return func(format string, args ...any) {
		since := time.Since(p.started).Round(100 * time.Microsecond)
		fmt.Fprintf(p.stderr, "git-credential-grant: %9v %s\n", since, flow.Printable(fmt.Sprintf(format, args...)))
	}
}
