package command

import (
	"net/url"
	"strings"

	"git-credential-grant/helper"
)

// A subject is what git asks about, or a person.
type subject struct {
	request *helper.Credential
	// typed says that a person has named it in a command, and path is that of the URL which they typed, "" if it has none.
	typed bool
	path  string
	// implied says that the name in the request is that of credential.<URL>.username, which git adds too.
	implied bool
}

func (s subject) origin() helper.Origin { return s.request.Origin }

// host is the origin's, as it is shown.
func (s subject) host() string { return s.request.Origin.Host() }

// account is the name that is asked for, "" for any.
func (s subject) account() string { return s.request.Attributes.Get("username") }

// whose is the host, and the account if one is asked for.
func (s subject) whose() string {
	if s.account() == "" {
		return s.host()
	}
	return s.account() + " at " + s.host()
}

// settingsURL is the URL whose settings count.
func (s subject) settingsURL() string {
	if _, whole := s.request.Attributes.Lookup("path"); s.path == "" || whole {
		return s.request.URL()
	}
	return strings.TrimSuffix(s.request.URL(), "/") + s.path
}

// String is the origin as a person would name it: with the account, if they have named one.
func (s subject) String() string {
	account := s.account()
	if !s.typed || s.implied || account == "" {
		return s.request.Origin.String()
	}
	named := s.request.Origin.URL()
	named.User = url.User(account)
	return named.String()
}

// A concern is an error, and what the command was about, which the hint names.
type concern struct {
	error
	about subject
}

func (c concern) Unwrap() error { return c.error }

// concerning says what an error is about. Nil stays nil.
func (s subject) concerning(err error) error {
	if err == nil {
		return nil
	}
	return concern{err, s}
}
