package helper

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Get answers git's request with a credential, nil if there is none for it.
//
// A live token in the keyring is handed out at once. Otherwise one process at a time renews it or asks the person,
// and the others take what it brought. An answer and an error can come together: a token that could not be kept, or
// quit=1, which tells git not to prompt, beside the reason.
func (h *Helper) Get(ctx context.Context, request *Credential) (*Credential, error) {
	origin := request.Origin()
	if origin == "" {
		return nil, nil
	}
	record, err := h.load(ctx, origin)
	if err != nil {
		return nil, err
	}
	if answer, err := h.fromStore(record, request); answer != nil || err != nil {
		return answer, err
	}
	if !isWebHost(origin) {
		return nil, nil
	}
	signIn := record.signIn(request, h.now())
	if signIn != nil {
		request.Provider = signIn.Provider
	}
	server, err := h.Server(ctx, request)
	if errors.Is(err, errors.ErrUnsupported) {
		h.trace("%s is not ours", origin)
		return nil, nil
	}
	switch {
	case !tokenMayGoTo(request):
		return nil, fmt.Errorf("refusing to send a token to %s, which is not encrypted", origin)
	case err != nil && signIn != nil && !signIn.present(request.mark()):
		return (&attempt{Helper: h, origin: origin, request: request}).presentToken(signIn, err)
	case err != nil:
		return nil, err
	case onlyBearer(request.WWWAuth) && !request.can(capabilityAuthType):
		return nil, ErrOnlyBearer
	}
	a := &attempt{Helper: h, origin: origin, request: request, server: server}
	unlock, err := h.lock(ctx, origin, server)
	switch {
	case err != nil && ctx.Err() == nil && signIn.usable(h.now()) && !signIn.present(request.mark()):
		return a.presentToken(signIn, err)
	case err != nil:
		return nil, err
	}
	defer unlock()
	return a.obtain(ctx, record)
}

// fromStore answers with what is stored and alive, nil if that cannot be.
func (h *Helper) fromStore(record *Record, request *Credential) (*Credential, error) {
	account := record.find(request, h.now())
	if account == nil {
		return nil, nil
	}
	if account.Given != nil {
		h.trace("the credential was given by git's store")
		return account.answerGiven(request), nil
	}
	if signIn := account.SignIn; signIn.live(h.now()) && !signIn.present(request.mark()) {
		h.trace("the stored token lives until %s", signIn.Expiry.Format(time.RFC3339))
		return signIn.answer(request, true)
	}
	return nil, nil
}

// find returns the account that the request means: the one that issued the token which the server has just refused,
// or else the first that matches. A given credential that has expired is passed over.
func (r *Record) find(request *Credential, now time.Time) *Account {
	for _, account := range r.Accounts {
		if account.SignIn != nil && account.SignIn.issued(request.mark()) {
			return account
		}
	}
	for _, account := range r.Accounts {
		if account.matches(request) && (account.SignIn != nil || account.answers(request, now)) {
			return account
		}
	}
	return nil
}

// HostOf returns the host of an origin, with its port: what people call it.
func HostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// isWebHost reports whether an origin is a web server, written in the characters of host names and addresses. Nothing
// else can have an OAuth2 server.
func isWebHost(origin string) bool {
	host, https := strings.CutPrefix(origin, "https://")
	host, http := strings.CutPrefix(host, "http://")
	return (https || http) && !strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]", r)
	})
}

// tokenMayGoTo reports whether an OAuth token may be sent to the host: only by https, or on this machine.
func tokenMayGoTo(request *Credential) bool {
	origin, err := url.Parse(request.Origin())
	if err != nil {
		return false
	}
	address := net.ParseIP(origin.Hostname())
	loopback := origin.Hostname() == "localhost" || address != nil && address.IsLoopback()
	return origin.Scheme == "https" || origin.Scheme == "http" && loopback
}

func formatUnix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
