package flow

import (
	"net/http"
	"time"
)

// A tracedTransport traces each request: where it goes and how it is answered, and nothing that is in either.
type tracedTransport struct {
	http.RoundTripper
	trace func(format string, args ...any)
}

// RoundTrip implements [http.RoundTripper].
func (t tracedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := t.RoundTripper.RoundTrip(request)
	took := time.Since(began).Round(time.Millisecond)
	where := request.URL.Scheme + "://" + request.URL.Host + request.URL.Path
	if err != nil {
		t.trace("%s %s: %v (%v)", request.Method, where, unanswered(err, where), took)
	} else {
		t.trace("%s %s: %d %s (%v)", request.Method, where, response.StatusCode, http.StatusText(response.StatusCode), took)
	}
	return response, err
}

// traced has the requests of an HTTP client told to the trace, if anybody wants to know.
func (c *Client) traced(client *http.Client) *http.Client {
	if c.Trace != nil {
		client.Transport = tracedTransport{client.Transport, c.Trace}
	}
	return client
}

func (c *Client) trace(format string, args ...any) {
	if c.Trace != nil {
		c.Trace(format, args...)
	}
}
