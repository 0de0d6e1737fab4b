package testforge

import (
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// fault is what an endpoint does instead of its duty.
type fault struct {
	kind string
	left int // answers still to spoil
}

// A faultFunc answers in place of the endpoint. Only "lost" calls the endpoint:
// all others leave the server's state alone, so that a client that forgets
// nothing can carry on once the fault is over. Tokens they name are not live.
type faultFunc func(w http.ResponseWriter, r *http.Request, endpoint http.HandlerFunc)

const (
	spoiledToken = `"access_token":"access-spoiled","token_type":"bearer","expires_in":7200`
	escapes      = `\u001b]0;owned\u0007\u001b[2J\u001b[31mpassword:\u001b[0m\r\n\u202egnp.exe`
)

var faultFuncs = map[string]faultFunc{
	"500":                 raw(http.StatusInternalServerError, "text/html", "<h1>Something went wrong</h1>"),
	"401":                 raw(http.StatusUnauthorized, "text/plain", "Unauthorized"),
	"403":                 raw(http.StatusForbidden, "text/plain", "Forbidden"),
	"429":                 tooManyRequests,
	"garbage":             raw(http.StatusOK, "application/json", "\x00\xff<html>{not json"),
	"empty":               raw(http.StatusOK, "application/json", "{}"),
	"hang-up":             hangUp,
	"hang":                hang,
	"lost":                lost,
	"redirect":            redirect,
	"huge":                huge,
	"escape":              raw(http.StatusBadRequest, "application/json", `{"error":"invalid_request","error_description":"`+escapes+`"}`),
	"newline":             token(`"access_token":"access-spoiled\nhost=evil.example"`),
	"no-access-token":     token(`"refresh_token":"refresh-spoiled"`),
	"invalid_client":      refuse(http.StatusUnauthorized, "invalid_client"),
	"invalid_grant":       refuse(http.StatusBadRequest, "invalid_grant"),
	"unauthorized_client": refuse(http.StatusBadRequest, "unauthorized_client"),
	"slow_down":           refuse(http.StatusBadRequest, "slow_down"),
	"expired_token":       refuse(http.StatusBadRequest, "expired_token"),
}

var faultyEndpoints = []string{"token", "device", "user", "revoke", "git"}

// SetFault makes the token endpoint fail the next n times, or until cleared if n
// is below 1. The kind "none" clears. "device:KIND", "user:KIND", "revoke:KIND"
// and "git:KIND" do the same to another endpoint.
//
// Kinds: 500, 401, 403, 429 (with Retry-After), garbage, empty (an empty
// object), hang-up (closes the connection), lost (does its duty, then closes the
// connection), hang (never answers), redirect, huge (10 MB),
// escape (terminal escapes in error_description), newline (in the access token),
// no-access-token, invalid_client, invalid_grant, unauthorized_client,
// slow_down, expired_token.
func (f *Forge) SetFault(kind string, n int) error {
	endpoint, name, ok := strings.Cut(kind, ":")
	if !ok {
		endpoint, name = "token", kind
	}
	if !slices.Contains(faultyEndpoints, endpoint) {
		return fmt.Errorf("no fault at %q, only at %s", endpoint, strings.Join(faultyEndpoints, ", "))
	}
	if _, ok := faultFuncs[name]; !ok && name != "none" {
		return fmt.Errorf("no fault %q, only none, %s", name, strings.Join(slices.Sorted(maps.Keys(faultFuncs)), ", "))
	}
	if n < 1 {
		n = math.MaxInt
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[endpoint] = &fault{kind: name, left: n}
	return nil
}

// faulty counts the requests to an endpoint and spoils those that are to fail.
func (f *Forge) faulty(name string, endpoint http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.count(name)
		if spoil := f.nextFault(name); spoil != nil {
			spoil(w, r, endpoint)
			return
		}
		endpoint(w, r)
	}
}

func (f *Forge) nextFault(endpoint string) faultFunc {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, ok := f.faults[endpoint]
	if !ok || next.left == 0 {
		return nil
	}
	next.left--
	return faultFuncs[next.kind]
}

func raw(status int, contentType, body string) faultFunc {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// token is an answer to a request for one that is not all that it should be.
func token(field string) faultFunc {
	return raw(http.StatusOK, "application/json", "{"+field+`,"token_type":"bearer","expires_in":7200}`)
}

func refuse(status int, code string) faultFunc {
	return raw(status, "application/json", fmt.Sprintf("{%q:%q}", "error", code))
}

func tooManyRequests(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
	w.Header().Set("Retry-After", "3")
	http.Error(w, "slow down", http.StatusTooManyRequests)
}

func hangUp(http.ResponseWriter, *http.Request, http.HandlerFunc) {
	panic(http.ErrAbortHandler)
}

// hang reads the body first: only then does the server notice that the client has gone.
func hang(_ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func lost(_ http.ResponseWriter, r *http.Request, endpoint http.HandlerFunc) {
	endpoint(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func huge(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"padding":"%s",%s}`, strings.Repeat("x", 10<<20), spoiledToken)
}

// elsewherePath is where the redirect fault leads, with a status that makes a
// client repeat its POST.
const elsewherePath = "/-/elsewhere"

func redirect(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
	http.Redirect(w, r, elsewherePath, http.StatusTemporaryRedirect)
}

func (f *Forge) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	f.count("redirect_followed")
	http.NotFound(w, r)
}
