package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// CheckSecret asks the server whether it knows the client, by a refresh with a token that nobody has. That changes
// nothing there: a server that does not know the client says invalid_client, one that does says that the grant is
// invalid (RFC 6749, section 5.2), or what the profile knows to mean either. The error is [ErrClientRefused] if id or secret
// is wrong. Any other error means that the server does not tell.
func (c *Client) CheckSecret(ctx context.Context) error {
	nobodys := "git-credential-grant-" + rand.Text()
	_, err := c.ask(ctx, tokenRequest{on: ForRefresh, form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {nobodys}}})
	refused, ok := errors.AsType[*refusal](err)
	if err == nil {
		return nil
	}
	if !ok {
		return c.inWords(err, c.Profile.TokenURL, ForRefresh, c.secrets())
	}
	meaning, _ := c.known(ForRefresh, refused)
	ofToken := refused.code != "" && strings.Contains(strings.ToLower(refused.description), "refresh token") // as dex says it
	if (meaning == ErrGrantEnded || meaning == nil && ofToken) && !refused.busy() {
		return nil
	}
	return c.refused(refused, c.Profile.TokenURL, meaning, c.secrets())
}

// ErrPageRefuses: the page on which people sign in wants nothing of the client: it does not know the id, or not the redirect URI
// (RFC 6749, section 4.1.2.1).
var ErrPageRefuses = errors.New("the page to sign in refuses the OAuth client")

// Reach looks whether the page is there on which people sign in. It returns the time that the server's clock shows,
// the zero time if it does not say, also with [ErrPageRefuses]. [ErrNoPage] is a page that is not there.
func (c *Client) Reach(ctx context.Context) (serverTime time.Time, err error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	response, err := c.pageHeader(ctx)
	if err != nil {
		return time.Time{}, err
	}
	status := statusError{c.Profile.AuthURL, response.StatusCode}
	// An answer without a date, or with one that is no date, does not tell.
	serverTime, _ = http.ParseTime(response.Header.Get("Date"))
	switch {
	case status.status == http.StatusNotFound:
		return time.Time{}, fmt.Errorf("%w (%w)", ErrNoPage, status)
	case status.status >= http.StatusInternalServerError:
		return time.Time{}, status
	case status.status == http.StatusBadRequest:
		return serverTime, fmt.Errorf("%w (%w)", ErrPageRefuses, status)
	}
	return serverTime, nil
}

// CheckPort looks whether the port of a fixed redirect URI is free, as it has to be while a person signs in. The error is
// [ErrPort] if it is not.
func (c *Client) CheckPort() error {
	redirect, err := parseRedirect(c.Profile.RedirectURL)
	if err != nil {
		return err
	}
	listeners, _, err := openPort(redirect)
	for _, listener := range listeners {
		listener.Close()
	}
	return err
}

// pageHeader asks for the page as a browser would, and reads no more than the header of the answer: some servers know
// neither a HEAD nor a request without a client.
func (c *Client) pageHeader(ctx context.Context) (*http.Response, error) {
	redirect, err := parseRedirect(c.Profile.RedirectURL)
	if err != nil {
		return nil, err
	}
	return c.header(ctx, http.MethodGet, c.authorizeURL(redirect.String(), "", c.newHandshake()))
}

// ErrNotAsked comes with an error for which nobody was asked to sign in.
var ErrNotAsked = errors.New("nobody was asked to sign in")

// notAsked marks an error.
type notAsked struct{ error }

func (e notAsked) Unwrap() []error { return []error{e.error, ErrNotAsked} }

// beforehand is what an error says that ended a sign-in before the person was asked.
func beforehand(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	return notAsked{err}
}

// answerTime is how long a server that can be reached may take to say anything to a request that only looks for it.
const answerTime = 3 * time.Second

// ready looks for what would have a person sign in in vain: trouble on the way, and a public client that the forge does not
// know, or not as a public one, because it was taken out, or an administrator has changed that.
func (c *Client) ready(ctx context.Context) error {
	if !c.Secret.IsZero() { // It is the person's own, and was tried when they registered it.
		return c.reachable(ctx)
	}
	switch err := c.CheckSecret(ctx); {
	case errors.Is(err, ErrClientRefused):
		return beforehand(ctx, err)
	case err != nil: // It may be the way, or a server that has words of its own.
		return c.reachable(ctx)
	}
	return nil
}

// isBuiltIn reports whether the client is the one that the forge itself brings.
func (c *Client) isBuiltIn() bool { return c.Profile.ClientID != "" && c.ID == c.Profile.ClientID }

// reachable looks for what is wrong on the way to the token endpoint, a proxy that lets nobody pass or a certificate that
// is not trusted: a person would sign in in vain. Any answer will do, and so does none once there is a connection.
func (c *Client) reachable(signIn context.Context) error {
	ctx, cancel := c.requestContext(signIn)
	defer cancel()
	var connected atomic.Bool
	_, err := c.header(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		connected.Store(true)
		time.AfterFunc(answerTime, cancel)
	}}), http.MethodHead, c.Profile.TokenURL)
	_, stopped := errors.AsType[OwnWords](err) // by a proxy, though there is a connection to that
	if err == nil || connected.Load() && !stopped && signIn.Err() == nil {
		return nil
	}
	return beforehand(signIn, err)
}

// header asks, and reads nothing but the header of the answer.
func (c *Client) header(ctx context.Context, method, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.httpClient().Do(request)
	if err != nil {
		return nil, unanswered(err, address)
	}
	response.Body.Close()
	return response, nil
}
