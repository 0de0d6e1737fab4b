package helper

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"git-credential-grant/internal/secret"
)

// An Account is one credential of an origin: either a sign-in, which this helper obtained and renews, or one that
// was given to it by git's store.
type Account struct {
	SignIn *SignIn    `json:"sign_in,omitempty"`
	Given  Attributes `json:"given,omitempty"`
}

// givenAttributes are the attributes of git's store that are kept and handed back.
var givenAttributes = []string{
	"authtype", "credential", "username", "password", "path", "oauth_refresh_token", "password_expiry_utc",
}

// given makes an account of what git's store brought.
func given(c *Credential) *Account {
	kept := maps.Clone(c.Attributes)
	maps.DeleteFunc(kept, func(key string, _ secret.String) bool { return !slices.Contains(givenAttributes, key) })
	return &Account{Given: kept}
}

// matches reports whether an account is one that the request may mean: an attribute that the request does not name
// matches everything, and one that it names must be equal (credential_match in git's credential.c). A sign-in is good
// for every path, and is meant by its account's name as well as by the names that the forge gives to nobody.
func (a *Account) matches(request *Credential) bool {
	username, named := request.Attributes.Lookup("username")
	if a.SignIn != nil {
		return !named || a.SignIn.named(username) || username == a.SignIn.Username || slices.Contains(a.SignIn.TokenUsers, username)
	}
	for _, key := range []string{"username", "path"} {
		want, asked := request.Attributes.Lookup(key)
		have, kept := a.Given.Lookup(key)
		if asked && (!kept || have != want) {
			return false
		}
	}
	return true
}

// replaces reports whether an account takes the place of another one: a sign-in that of the same account, a given
// credential that of the same user name and path.
func (a *Account) replaces(other *Account) bool {
	if a.SignIn != nil || other.SignIn != nil {
		return a.SignIn != nil && other.SignIn != nil && a.SignIn.named(other.SignIn.Account)
	}
	same := func(key string) bool {
		mine, have := a.Given.Lookup(key)
		theirs, had := other.Given.Lookup(key)
		return have == had && mine == theirs
	}
	return same("username") && same("path")
}

// answers reports whether a given credential can be the answer to the request now: it has a secret of the kind that
// the caller understands, and has not expired.
func (a *Account) answers(request *Credential, now time.Time) bool {
	if expiry, err := strconv.ParseInt(a.Given.Get("password_expiry_utc"), 10, 64); err == nil && expiry > 0 && expiry < now.Unix() {
		return false
	}
	_, hasPassword := a.Given.Lookup("password")
	_, hasCredential := a.Given.Lookup("credential")
	return hasPassword || hasCredential && request.can(capabilityAuthType)
}

// answerGiven hands a given credential back.
func (a *Account) answerGiven(request *Credential) *Credential {
	answer := &Credential{Attributes: maps.Clone(a.Given)}
	delete(answer.Attributes, "path")
	if _, pre := answer.Attributes.Lookup("authtype"); !pre {
		return answer.asBasic(request)
	}
	if request.can(capabilityAuthType) {
		answer.Capabilities = []string{capabilityAuthType}
		return answer
	}
	delete(answer.Attributes, "authtype")
	delete(answer.Attributes, "credential")
	return answer
}

// holds reports whether a given credential has exactly the secret that the message names.
func (a *Account) holds(message *Credential) bool {
	for _, key := range []string{"password", "credential"} {
		if secret, named := message.Attributes.Lookup(key); named {
			have, kept := a.Given.Lookup(key)
			return kept && have == secret
		}
	}
	return false
}
