package flow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// gitPaths are where forges have repositories: Bitbucket Data Center below /scm, the others anywhere. GitLab and GitHub do
// not say whether there is a repository of a name before somebody signs in, so nobody needs to know one that exists.
var gitPaths = []string{"/git-credential-grant/none.git", "/scm/git-credential-grant/none.git"}

// Recognise asks a git host, with the path below which its forge is, what it is. It does so as somebody who is not signed
// in: by the realm, as git does before it asks its helpers, and by the metadata, since Gitea tells its realm only where the
// owner of a repository exists. Anybody can claim to be anything there; see [ByRealm].
func (c *Client) Recognise(ctx context.Context, host *url.URL) (profile Profile, found bool, err error) {
	for _, path := range gitPaths {
		address := *host
		address.Path, address.RawQuery = host.Path+path+"/info/refs", "service=git-upload-pack"
		challenges, err := c.challengesAt(ctx, address.String())
		if err != nil {
			return Profile{}, false, err
		}
		if profile, found = ByRealm(challenges); found {
			return profile, true, nil
		}
	}
	var document map[string]any
	err = c.getJSON(ctx, host.JoinPath("/.well-known/openid-configuration").String(), nil, &document)
	if errors.As(err, new(statusError)) {
		return Profile{}, false, nil
	}
	metadata := newMetadata(document)
	profile, found = find(func(p Profile) bool { return p.HasMetadata && p.isAt(host, metadata) })
	return profile, found, err
}

// isAt reports whether what a server says of itself is what the forge would say at a host.
func (p Profile) isAt(host *url.URL, metadata *Metadata) bool {
	there, err := p.At(host)
	return err == nil && metadata.AuthURL == there.AuthURL && metadata.TokenURL == there.TokenURL
}

// challengesAt returns the values of WWW-Authenticate of an answer with status 401, none if it is another answer.
func (c *Client) challengesAt(ctx context.Context, address string) ([]string, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	response, err := c.header(ctx, http.MethodGet, address)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusUnauthorized {
		return nil, nil
	}
	return response.Header.Values("WWW-Authenticate"), nil
}
