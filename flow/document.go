package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"golang.org/x/oauth2"
)

// A statusError is an answer without what was asked for.
type statusError struct {
	url    string
	status int
}

func (e statusError) Error() string {
	return fmt.Sprintf("%s answered with status %d", e.url, e.status)
}

// ErrUnauthorized: the server does not take the token (RFC 6750, section 3.1).
var ErrUnauthorized = errors.New("the token was refused")

func (e statusError) Is(target error) bool {
	return target == ErrUnauthorized && e.status == http.StatusUnauthorized
}

// getJSON reads a document, by a token if there is one. A connection that fails is tried once more: nothing is used up
// by asking twice. No redirect is followed with a token.
func (c *Client) getJSON(ctx context.Context, address string, token *oauth2.Token, into any) error {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	if token != nil {
		token.SetAuthHeader(request)
	}
	client := c.httpClient()
	if token == nil {
		client.CheckRedirect = followSecurely
	}
	response, err := client.Do(request)
	if retriable(err) {
		response, err = client.Do(request)
	}
	if err != nil {
		return unanswered(err, address)
	}
	body, err := readBody(response)
	if response.StatusCode != http.StatusOK {
		return statusError{address, response.StatusCode}
	}
	if err == nil && json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), into) != nil {
		err = errNonsense
	}
	if errors.Is(err, errNonsense) {
		return worded{err, address + " sent an answer that makes no sense"}
	}
	if err != nil {
		return unanswered(err, address)
	}
	return nil
}

// retriable reports whether a request failed on its way, so that a second one may do better.
func retriable(err error) bool {
	var connection *net.OpError
	return errors.As(err, &connection) && !connection.Timeout() || errors.Is(err, io.EOF)
}
