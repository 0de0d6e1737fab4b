package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// A ciClient is the OAuth client of a job where nobody is present, from the environment of the job. It is good for
// the host that it names and for no other: a job may fetch from hosts that it has only just learnt of.
type ciClient struct {
	host                  string // as it is set: a host, or a URL of it
	id, secret, jwtSecret variable
}

func takeCIClient() ciClient {
	return ciClient{take("HOST"), takeVariable("CLIENT_ID"), takeVariable("CLIENT_SECRET"), takeVariable("JWT_SECRET")}
}

// apply returns settings with the job's client in the place of theirs, if the origin is the host that it is for. For the
// JWT grant, the client is the app that signs.
func (c ciClient) apply(origin helper.Origin, settings gitconfig.Settings) (gitconfig.Settings, error) {
	byJWT := flow.Grant(settings.Grant) == flow.GrantJWT
	if byJWT {
		settings.ClientID = settings.JWTIssuer
	}
	if !c.isFor(origin) {
		return settings, nil
	}
	if byJWT {
		own, err := c.jwtSecret.read()
		settings.ClientSecret = cmp.Or(own, settings.ClientSecret)
		return settings, err
	}
	id, wrongID := c.id.read()
	own, wrongSecret := c.secret.read()
	settings.ClientID, settings.ClientSecret = cmp.Or(id.Reveal(), settings.ClientID), cmp.Or(own, settings.ClientSecret)
	return settings, cmp.Or(wrongID, wrongSecret, flow.CheckCredentials(id.Reveal(), own))
}

// isFor reports whether the origin is the host that the job's client is for, and one that may be sent its tokens.
func (c ciClient) isFor(origin helper.Origin) bool {
	protocol, place := c.place()
	means := place == origin || protocol == "" && helper.ParseOrigin("http://"+place.Host()) == origin
	return means && origin.MayHaveToken()
}

// place is where HOST is, with the protocol that it names, "" if it names none: then it means https, or this machine. It is the
// zero value where HOST is no web host, or has more in it than a URL of one needs.
func (c ciClient) place() (protocol string, place helper.Origin) {
	protocol, host, isURL := strings.Cut(strings.TrimSpace(c.host), "://")
	if !isURL {
		protocol, host = "", protocol
	}
	host, _, _ = strings.Cut(host, "/")
	place = helper.ParseOrigin(cmp.Or(protocol, "https") + "://" + host)
	if !place.IsWeb() {
		return "", helper.Origin{}
	}
	return protocol, place
}

// What a job lacks.
var (
	errOtherHost   = errors.New("the OAuth client of the environment is for another host")
	errNoJWTIssuer = errors.New("oauthJWTIssuer is not set")
	errNoGrant     = errors.New("oauthGrant is not set")
)

// explain adds to an error about an OAuth client that is missing, or its secret, what is wrong with the variables of the job, if
// there are any. configured reports whether somebody has set something of ours for the very origin.
func (c ciClient) explain(origin helper.Origin, settings gitconfig.Settings, err error, configured func() bool) error {
	unattended := flow.Grant(settings.Grant).Unattended()
	var missing error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errors.ErrUnsupported):
		if unattended && configured() {
			missing, err = c.missing(origin, settings), meaning{errors.New("no OAuth client is set for " + origin.Host()), errNoClient}
		}
	case errors.Is(err, errNoClient), unattended && settings.ClientSecret.IsZero():
		missing = c.missing(origin, settings)
	}
	if missing == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, missing)
}

// missing says what the job lacks for an origin, nil if it is no job's, or lacks nothing.
func (c ciClient) missing(origin helper.Origin, settings gitconfig.Settings) error {
	byJWT := flow.Grant(settings.Grant) == flow.GrantJWT
	wanted := []variable{c.id, c.secret}
	if byJWT {
		wanted = []variable{c.jwtSecret}
	}
	given := slices.IndexFunc(wanted, variable.isSet)
	switch {
	case !c.isFor(origin) && given >= 0:
		return meaning{fmt.Errorf("%s is set, but GIT_CREDENTIAL_GRANT_HOST is %s", wanted[given], c.otherThan(origin)), errOtherHost}
	case !c.isFor(origin):
		return nil
	case byJWT && settings.JWTIssuer == "":
		return errNoJWTIssuer
	case !byJWT && settings.ClientID == "":
		return c.without(c.id)
	case settings.ClientSecret.IsZero():
		return c.without(wanted[len(wanted)-1])
	}
	return nil
}

// without says that a variable is missing beside HOST.
func (c ciClient) without(v variable) error {
	_, place := c.place()
	return fmt.Errorf("GIT_CREDENTIAL_GRANT_HOST is %s, but %w", place.Host(), &variableError{v.String(), errNotSet, nil})
}

// otherThan says what HOST is, and what it would have to be. What is no host may be anything, a secret too, and is not told.
func (c ciClient) otherThan(origin helper.Origin) string {
	protocol, place := c.place()
	switch {
	case c.host == "":
		return "not"
	case place == helper.Origin{}:
		return "no host, such as " + origin.Host()
	case place.Host() == origin.Host() || protocol == "http":
		return fmt.Sprintf("%s, not %s", place, origin)
	}
	return fmt.Sprintf("%s, not %s", place.Host(), origin.Host())
}

// inJob explains that nobody can be asked to sign in where the job has a client that needs nobody.
func (s *session) inJob(ctx context.Context, err error) error {
	if !errors.Is(err, helper.ErrNobodyThere) || !s.ci.isFor(s.about.origin()) || !s.ci.secret.isSet() {
		return err
	}
	settings, unread := s.settings.of(ctx, s.about.settingsURL())
	if unread != nil || settings.Grant != "" {
		return err
	}
	return meaning{fmt.Errorf("%w: %v is set, but credential.%s.oauthGrant is not", err, s.ci.secret, s.about.origin()), errNoGrant}
}
