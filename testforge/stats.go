package testforge

import (
	"maps"
	"strings"
)

const statNames = `authorize metadata
	token exchange_ok exchange_refused credentials_ok credentials_refused
	jwt_ok jwt_refused device poll_ok poll_refused
	refresh_ok refresh_refused refresh_reuse revoke user redirect_followed
	git git_200 git_401 git_403 git_404`

func newStats() map[string]int {
	stats := make(map[string]int)
	for _, name := range strings.Fields(statNames) {
		stats[name] = 0
	}
	return stats
}

// Stats counts what was asked of the forge:
//
//   - authorize: requests to the authorize page
//   - metadata: requests for what the OAuth2 server says of itself
//   - token, device, revoke, user, git: requests to the token endpoint, the
//     device endpoint, the revocation endpoint, the user info and to
//     repositories, spoiled ones included
//   - exchange_ok, exchange_refused: authorization codes
//   - credentials_ok, credentials_refused: client credentials
//   - jwt_ok, jwt_refused: JWTs of the app
//   - poll_ok, poll_refused: device codes, refused also before the person decides
//   - refresh_ok, refresh_refused: refresh tokens
//   - refresh_reuse: those refused because another had taken their place
//   - redirect_followed: requests to where the fault "redirect" leads
//   - git_200, git_401 and so on: what repositories answered
func (f *Forge) Stats() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.stats)
}

func (f *Forge) count(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats[name]++
}
