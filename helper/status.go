package helper

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
)

// A Status is what can be said of one sign-in. It holds no secret. The names in JSON are kept from version to version.
type Status struct {
	URL     string `json:"url"`
	Host    string `json:"host"`
	Account string `json:"account"`
	// Grant is how the tokens are obtained.
	Grant  string   `json:"grant"`
	Scopes []string `json:"scopes"`
	// ExpiresAt is when the access token expires, and ExpiresIn the seconds until then, 0 if it has expired. Both are
	// null for a token that does not expire, or if there is none at the moment.
	ExpiresAt *time.Time `json:"expires_at"`
	ExpiresIn *int64     `json:"expires_in"`
	// Renewable says that a new token can be had without asking the person.
	Renewable bool `json:"renewable"`
	// Usable says that the next git command needs no new sign-in, as far as can be known here.
	Usable bool `json:"usable"`
	// InUse says that it is the one which git is given for the request.
	InUse bool `json:"in_use"`
	// Problem is what went wrong last, "" if nothing did.
	Problem string `json:"problem"`
}

// unattendedGrants are those by which a client obtains tokens for itself, as often as it needs one.
var unattendedGrants = []string{"client_credentials", "jwt"}

// Status returns the sign-ins of an origin that the request may mean, the one used last first.
func (h *Helper) Status(ctx context.Context, request *Credential) ([]Status, error) {
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return nil, err
	}
	statuses := []Status{}
	inUse := record.signIn(request, h.now())
	for _, account := range record.Accounts {
		if account.SignIn != nil && account.matches(request) {
			status := account.SignIn.status(request.Origin, record.Failure, h.now())
			status.InUse = account.SignIn == inUse
			statuses = append(statuses, status)
		}
	}
	return statuses, nil
}

// Provider returns the [Server.Provider] with which a get for the request would look for its server, "" if no sign-in at the
// origin remembers one.
func (h *Helper) Provider(ctx context.Context, request *Credential) (string, error) {
	record, err := h.load(ctx, request.Origin)
	if err != nil {
		return "", err
	}
	return record.provider(record.signIn(request, h.now())), nil
}

func (s *SignIn) status(origin Origin, failure *Failure, now time.Time) Status {
	status := Status{
		URL: origin.String(), Host: origin.Host(), Account: s.Account,
		Grant:     cmp.Or(s.Grant, "code"),
		Scopes:    strings.Fields(s.Scopes),
		Renewable: s.renewable(),
	}
	status.Usable = status.Renewable || s.usable(now)
	if !s.AccessToken.IsZero() && !s.Expiry.IsZero() {
		expiry, left := s.Expiry.UTC().Truncate(time.Second), max(0, int64(s.Expiry.Sub(now).Seconds()))
		status.ExpiresAt, status.ExpiresIn = &expiry, &left
	}
	switch {
	case s.Ended != nil:
		day := s.Ended.At.Local().Format("2 January 2006 at 15:04")
		status.Problem = fmt.Sprintf("%s, on %s; a new sign-in is needed", s.Ended.Why, day)
	case failure != nil && (failure.Account == "" || failure.Account == s.Account):
		status.Problem = failure.Why
	}
	return status
}
