package flow

import (
	"context"
	"net/http"
	"net/url"
)

// gitPaths are where forges have repositories: Bitbucket Data Center below /scm, the others anywhere. No forge says
// whether there is a repository of a name before somebody signs in, so nobody needs to know one that exists.
var gitPaths = []string{"/git-credential-grant/none.git", "/scm/git-credential-grant/none.git"}

// Challenges asks a git host what it wants of somebody who is not signed in, as git does before it asks its helpers. It
// returns the values of WWW-Authenticate of the first answer with status 401, none if there is no such answer.
func (c *Client) Challenges(ctx context.Context, host *url.URL) ([]string, error) {
	for _, path := range gitPaths {
		address := *host
		address.Path, address.RawQuery = host.Path+path+"/info/refs", "service=git-upload-pack"
		challenges, err := c.challengesAt(ctx, address.String())
		if err != nil || len(challenges) > 0 {
			return challenges, err
		}
	}
	return nil, nil
}

func (c *Client) challengesAt(ctx context.Context, address string) ([]string, error) {
	ctx, cancel := c.requestContext(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.httpClient().Do(request)
	if err != nil {
		return nil, unanswered(err, address)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		return nil, nil
	}
	return response.Header.Values("WWW-Authenticate"), nil
}
