package command

import (
	"cmp"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/internal/secret"
)

// A ciClient is the OAuth client of a job where nobody is present, from the environment of the job. It is good for
// the host that it names and for no other: a job may fetch from hosts that it has only just learnt of.
type ciClient struct {
	host, id          string
	secret, jwtSecret secret.String
}

func takeCIClient() ciClient {
	return ciClient{take("HOST"), take("CLIENT_ID"), secret.New(take("CLIENT_SECRET")), secret.New(take("JWT_SECRET"))}
}

// apply returns settings with the job's client in the place of theirs, if the origin is the host that it is for. For the
// JWT grant, the client is the app that signs.
func (c ciClient) apply(origin helper.Origin, settings gitconfig.Settings) gitconfig.Settings {
	byJWT := flow.Grant(settings.Grant) == flow.GrantJWT
	if byJWT {
		settings.ClientID = settings.JWTIssuer
	}
	if !c.isFor(origin) {
		return settings
	}
	own := c.secret
	if byJWT {
		own = c.jwtSecret
	} else {
		settings.ClientID = cmp.Or(c.id, settings.ClientID)
	}
	settings.ClientSecret = cmp.Or(own, settings.ClientSecret)
	return settings
}

// isFor reports whether the origin is the host that the job's client is for.
func (c ciClient) isFor(origin helper.Origin) bool {
	return c.host != "" && (origin == helper.ParseOrigin("https://"+c.host) || origin == helper.ParseOrigin("http://"+c.host))
}
