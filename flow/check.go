package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
		return c.explain(err, c.Profile.TokenURL, ForRefresh, c.secrets())
	}
	meaning, _ := c.known(ForRefresh, refused)
	if meaning == ErrGrantEnded && !refused.busy() {
		return nil
	}
	return c.refused(refused, c.Profile.TokenURL, meaning, c.secrets())
}

// Reach looks whether the page is there on which people sign in. It returns the time that the server's clock shows,
// the zero time if it does not say.
func (c *Client) Reach(ctx context.Context) (serverTime time.Time, err error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, c.Profile.AuthURL, nil)
	if err != nil {
		return time.Time{}, err
	}
	response, err := c.httpClient().Do(request)
	if err != nil {
		return time.Time{}, unanswered(err, c.Profile.AuthURL)
	}
	response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		return time.Time{}, fmt.Errorf("%s answered with status %d", hostOf(c.Profile.AuthURL), response.StatusCode)
	}
	// An answer without a date, or with one that is no date, does not tell.
	serverTime, _ = http.ParseTime(response.Header.Get("Date"))
	return serverTime, nil
}
