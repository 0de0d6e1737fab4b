package flow

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxDocument is how long an answer may be.
const maxDocument = 1 << 20

var (
	// errNonsense: an answer is none that a server of that kind gives. It is not quoted: it may hold a token.
	errNonsense = errors.New("the answer makes no sense")
	// errBroken: an answer ended before its end, or came in pieces that do not fit.
	errBroken = errors.New("the answer broke off")
)

// readBody reads an answer in the time that its request has. What has come of it before an error is returned with that.
func readBody(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if unzipper, notZipped := gzip.NewReader(bytes.NewReader(body)); notZipped == nil { // though nobody has asked for it
		body, err = io.ReadAll(io.LimitReader(unzipper, maxDocument+1))
	}
	switch {
	case len(body) > maxDocument:
		return nil, errNonsense
	case err != nil:
		return body, worded{errors.Join(errBroken, err), errBroken.Error()}
	}
	return body, nil
}

// A reply is the answer to a form that was posted.
type reply struct {
	status  int
	members members
}

// send makes a request, once, and reads the answer: as much of it as makes sense by itself, however its transfer ended. The
// error is one for [Client.inWords].
func (c *Client) send(request *http.Request) (*reply, error) {
	response, err := c.httpClient().Do(request)
	if err != nil {
		return nil, err
	}
	body, err := readBody(response)
	r := &reply{response.StatusCode, readMembers(body, err == nil)}
	if err != nil && r.members == nil && (r.succeeded() || request.Context().Err() != nil) {
		return nil, err
	}
	return r, nil
}

func (r *reply) succeeded() bool { return r.status/100 == 2 }

// members are what an answer says, by name: strings, [json.Number]s, and whatever else JSON has.
type members map[string]any

// readMembers reads an object in JSON, or else a form, whatever the server calls it: GitHub and others send a form where
// JSON should be, and JSON comes as text/plain. It returns nil for anything else. Of what is not whole only JSON can be
// read, as it tells where it ends.
func readMembers(body []byte, whole bool) members {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\uFEFF")))
	var object members
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err == nil {
		return object
	}
	// A web page has "&" and "=" in its links too.
	if !whole || bytes.ContainsAny(body, "<>{}\"\x00\r\n") || !bytes.ContainsRune(body, '=') {
		return nil
	}
	form, _ := url.ParseQuery(string(body)) // as much of it as can be read
	object = members{}
	for name, values := range form {
		object[name] = values[0]
	}
	return object
}

// text returns a member that is a string, or a number as it is written; "" for any other.
func (m members) text(name string) string {
	switch value := m[name].(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	}
	return ""
}

// words returns a member that is a list of strings, or one string with spaces between them.
func (m members) words(name string) []string {
	list, isList := m[name].([]any)
	if !isList {
		return strings.Fields(m.text(name))
	}
	var words []string
	for _, item := range list {
		if word, isString := item.(string); isString {
			words = append(words, strings.Fields(word)...)
		}
	}
	return words
}

// longest is what servers may mean by the largest number that they have.
const longest = 100 * 365 * 24 * time.Hour

// duration returns a member that is a number of seconds, as a number or a string, whole or not; 0 for one that is no time
// to come. Servers say -1 or 0 of a token that does not expire.
func (m members) duration(name string) time.Duration {
	seconds, err := strconv.ParseFloat(m.text(name), 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(seconds), seconds < 1:
		return 0
	case seconds > longest.Seconds():
		return longest
	}
	return time.Duration(seconds) * time.Second
}
