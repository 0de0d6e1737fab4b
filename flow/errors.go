package flow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/oauth2"
)

// Errors that tell a caller what to do. Every other error is of the moment: the network, or the server's bad day.
var (
	// ErrGrantEnded: the refresh token is accepted no more; only a new sign-in helps.
	ErrGrantEnded = errors.New("the sign-in has ended")
	// ErrClientRefused: the client id or the client secret is wrong.
	ErrClientRefused = errors.New("the client id or secret is wrong")
	// ErrDenied: the person, or the server for them, did not grant access.
	ErrDenied = errors.New("access was not granted")
	// ErrTimeout: nobody finished the sign-in in time.
	ErrTimeout = errors.New("nobody signed in in time")
	// ErrCancelled: the person gave up waiting, by Ctrl-C for instance.
	ErrCancelled = errors.New("the sign-in was cancelled")
	// ErrScope: the client is not allowed what was asked for.
	ErrScope = errors.New("the OAuth client lacks a permission")
	// ErrIssuer: there is no such authorization server, or it calls itself otherwise.
	ErrIssuer = errors.New("no authorization server of that name")
	// ErrCertificate: the server, or a proxy, shows a certificate that is not trusted.
	ErrCertificate = errors.New("the certificate is not trusted")
	// ErrGrantRefused: the client may not use this grant.
	ErrGrantRefused = errors.New("the OAuth client may not use this grant")
	// ErrNoDevice: the forge has no device grant.
	ErrNoDevice = errors.New("no device grant is known there")
)

// grantErrors, unattendedErrors and refreshErrors give the error codes of RFC 6749 their meaning. On a refresh, Gitea says
// unauthorized_client of a refresh token that it no longer knows.
var (
	grantErrors = map[string]error{
		"invalid_client":      ErrClientRefused,
		"unauthorized_client": ErrClientRefused,
		"access_denied":       ErrDenied,
		"invalid_scope":       ErrScope,
	}
	unattendedErrors = map[string]error{
		"invalid_client":         ErrClientRefused,
		"unauthorized_client":    ErrGrantRefused,
		"unsupported_grant_type": ErrGrantRefused,
		"invalid_scope":          ErrScope,
	}
	refreshErrors = map[string]error{
		"invalid_grant":       ErrGrantEnded,
		"unauthorized_client": ErrGrantEnded,
		"invalid_client":      ErrClientRefused,
	}
)

// gaveUp says why a wait for the person has ended without an answer.
func gaveUp(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrTimeout) {
		return cause
	}
	return ErrCancelled
}

// explain makes an error of the token endpoint fit to be shown: which server, what it said, and nothing of the
// request or of an answer that may hold a token. meanings says what the server's error codes mean here, sent are the
// secrets that it knows and may repeat.
func explain(err error, endpoint string, meanings map[string]error, sent []string) error {
	host := hostOf(endpoint)
	var refused *oauth2.RetrieveError
	var network *url.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return explainRefusal(refused, host, meanings, sent)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %v", host, requestTimeout)
	case errors.As(err, &certificate):
		return fmt.Errorf("could not reach %s: %w: %w", host, ErrCertificate, certificate.Err)
	case errors.As(err, &network):
		return worded{network.Err, said("could not reach "+host+":", without(sent, network.Err.Error()))}
	}
	return fmt.Errorf("%s sent an answer that makes no sense", host)
}

// A worded error is another one in words that can be shown: net/http repeats what it cannot read, at any length.
type worded struct {
	error
	words string
}

func (w worded) Error() string { return w.words }
func (w worded) Unwrap() error { return w.error }

// hostOf names the server of an endpoint.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	return u.Host
}

// explainRefusal puts an error answer into words. A server that is overloaded or broken has not decided anything,
// whatever code it sends along.
func explainRefusal(refused *oauth2.RetrieveError, host string, meanings map[string]error, sent []string) error {
	status := refused.Response.StatusCode
	words := said(without(sent, refused.ErrorCode), without(sent, refused.ErrorDescription))
	if words == "" {
		words = said("status", without(sent, refused.Response.Status))
	}
	meaning := meanings[refused.ErrorCode]
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Errorf("%s answered with status %d", host, status)
	case meaning == nil && refused.ErrorCode == "" && status == http.StatusUnauthorized:
		meaning = ErrClientRefused
	}
	if meaning == nil {
		return fmt.Errorf("%s answered: %s", host, words)
	}
	return fmt.Errorf("%w (%s answered: %s)", meaning, host, words)
}

// without takes secrets out of a text.
func without(secrets []string, text string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}

// said puts what a server says of an error into one line of bounded length.
func said(code, description string) string {
	words := []rune(strings.TrimSpace(Printable(code) + " " + Printable(description)))
	const limit = 300
	if len(words) > limit {
		words = append(words[:limit], '…')
	}
	return string(words)
}

// Printable returns text from a server or a URL in a form that a terminal can show: control characters, which could
// move the cursor or worse, and characters that turn the writing direction become spaces.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}
