package flow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"

	"git-credential-grant/internal/printable"
)

// Errors that tell a caller what to do. Every other error is of the moment: the network, or the server's bad day.
var (
	// ErrGrantEnded: the refresh token is accepted no more; only a new sign-in helps.
	ErrGrantEnded = errors.New("the sign-in has ended")
	// ErrElsewhere is an ErrGrantEnded: the forge keeps one grant for each person and client, and another machine has it.
	ErrElsewhere = fmt.Errorf("%w: signed in elsewhere with the same client", ErrGrantEnded)
	// ErrClientRefused: the client id or the client secret is wrong.
	ErrClientRefused = errors.New("the client id or secret is wrong")
	// ErrHeaderEncoded comes with ErrClientRefused where the server may not have understood id and secret: they stand in the
	// Authorization header, encoded as RFC 6749, section 2.3.1, has it, and some servers do not decode them.
	ErrHeaderEncoded = errors.New("the server does not decode them in the header")
	// ErrInTheWay: no OAuth2 server has answered, as it seems, but something on the way to it, a gateway, or a network that
	// wants a sign-in of its own. Nothing has ended by that.
	ErrInTheWay = errors.New("the answer is no OAuth2 server's, but perhaps that of something on the way to it")
	// ErrNoBrowser: no browser could be started.
	ErrNoBrowser = errors.New("no browser could be started")
	// ErrNoPage: the page on which people sign in is not where it should be.
	ErrNoPage = errors.New("there is no page to sign in on")
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
	// ErrCodeRefused: the code that the browser has brought is accepted no more. A code serves once, and not for long.
	ErrCodeRefused = errors.New("the code of the sign-in is not accepted")
	// ErrMixedUp: what has come is not the answer to this sign-in, or nothing shows that it is.
	ErrMixedUp = errors.New("the answer may belong to another sign-in")
	// ErrToken: the token that was issued is none that git could send.
	ErrToken = errors.New("git cannot send the token")
	// ErrCharacters: a client id or a secret cannot be what it was given as.
	ErrCharacters = errors.New("a client id or secret has no control characters in it, and no letters but those of ASCII")
	// ErrGrantRefused: the client may not use this grant.
	ErrGrantRefused = errors.New("the OAuth client may not use this grant")
	// ErrNoDevice: the forge has no device grant.
	ErrNoDevice = errors.New("no device grant is known there")
)

// gaveUp says why a wait for the person has ended without an answer.
func gaveUp(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrTimeout) {
		return cause
	}
	return ErrCancelled
}

// inWords puts an error of [Client.send] into words that can be shown: which server, what it said, and nothing of the request
// or of an answer that may hold a token. on is what the request was for, sent are the secrets in it.
func (c *Client) inWords(err error, endpoint string, on Request, sent secrets) error {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return c.refused(refused, endpoint, c.meaning(on, refused), sent)
	}
	return unanswered(err, endpoint)
}

// unanswered says why no answer came that could be read. What net/http says of one is not repeated, as it quotes it.
func unanswered(err error, endpoint string) error {
	host := hostOf(endpoint)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s did not answer within %v", host, requestTimeout)
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("could not reach %s: %w: %s", host, ErrCertificate, printable.Short(certificate.Err.Error()))
	}
	if errors.Is(err, errBroken) {
		return worded{err, "the answer of " + host + " broke off"}
	}
	if reason := onTheWay(err); reason != nil {
		return worded{reason, printable.Short("could not reach " + host + ": " + reason.Error())}
	}
	return fmt.Errorf("%s sent an answer that makes no sense", host)
}

// onTheWay returns the part of an error that says what happened on the way to a server, in words of this machine or of
// ours; nil if there is none, and the error is about what the server has sent.
func onTheWay(err error) error {
	if network, ok := errors.AsType[*url.Error](err); ok {
		err = network.Err
	}
	operation, isOperation := errors.AsType[*net.OpError](err)
	ours, isOurs := errors.AsType[OwnWords](err)
	timed, isTimed := errors.AsType[net.Error](err)
	switch {
	case isOperation && (operation.Op != "proxyconnect" || onTheWay(operation.Err) != nil):
		return operation
	case isOurs:
		return ours
	case isTimed && timed.Timeout():
		return os.ErrDeadlineExceeded
	case isStatusText(err.Error()): // what a proxy says
		return err
	}
	for _, known := range []error{context.Canceled, io.EOF, io.ErrUnexpectedEOF, http.ErrSchemeMismatch} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

// isStatusText reports whether a text is one that HTTP itself has for a status.
func isStatusText(text string) bool {
	for status := 300; text != "" && status < 600; status++ {
		if http.StatusText(status) == text {
			return true
		}
	}
	return false
}

// OwnWords is an error of a [Client.Transport] in words of this program, about the settings of this machine or about a proxy:
// it can be shown, and no server has been reached. What else a transport says may quote a request or an answer, and is not
// repeated.
type OwnWords interface {
	error
	OwnWords()
}

// A worded error is another one in words that can be shown.
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
