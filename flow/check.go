package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// CheckSecret asks the server whether it knows the client, by a refresh with a token that nobody has. That changes
// nothing there: a server that does not know the client says invalid_client, one that does says that the grant is
// invalid (RFC 6749, section 5.2). The error is [ErrClientRefused] if id or secret is wrong. Any other error means
// that the server does not tell; unauthorized_client is one, which Bitbucket says of a wrong client, and Gitea of
// a wrong token.
func (c *Client) CheckSecret(ctx context.Context) error {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	nobodys := &oauth2.Token{RefreshToken: "git-credential-grant-" + rand.Text()}
	_, err := c.config("").TokenSource(ctx, nobodys).Token()
	var refused *oauth2.RetrieveError
	if err == nil || errors.As(err, &refused) && (refused.ErrorCode == "invalid_grant" || c.Profile.Errors[refused.ErrorCode] == ErrGrantEnded) {
		return nil
	}
	return explain(err, c.Profile.TokenURL, c.meanings(map[string]error{"invalid_client": ErrClientRefused}), []string{c.Secret})
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
		return time.Time{}, explain(err, c.Profile.AuthURL, nil, nil)
	}
	response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		return time.Time{}, fmt.Errorf("%s answered with status %d", hostOf(c.Profile.AuthURL), response.StatusCode)
	}
	// An answer without a date, or with one that is no date, does not tell.
	serverTime, _ = http.ParseTime(response.Header.Get("Date"))
	return serverTime, nil
}
