package gitconfig

import (
	"context"
	"strings"
)

// http asks git for its settings of a web address: the values under http and http.<URL>, by their names in lower case. Only
// http.curloptResolve and http.extraHeader can have more than one. Where a remote has a proxy of its own, that is the
// value of proxy; isRemote says whether a URL is one of the git host that the address is asked for.
func (g Git) http(ctx context.Context, address string, isRemote func(url string) bool) (map[string][]string, error) {
	best, err := g.urlMatch(ctx, "http", address)
	if err != nil {
		return nil, err
	}
	values := map[string][]string{}
	for name, value := range best {
		values[name] = []string{value}
	}
	for _, name := range []string{"curloptresolve", "extraheader"} {
		if _, set := best[name]; !set {
			continue
		}
		entries, err := g.entries(ctx, "http", name, address)
		if err != nil {
			return nil, err
		}
		values[name] = nil
		for _, entry := range entries {
			if entry.Applies {
				values[name] = append(values[name], entry.Value)
			}
		}
	}
	return values, g.addRemoteProxy(ctx, values, isRemote)
}

// addRemoteProxy puts remote.<name>.proxy and remote.<name>.proxyAuthMethod in the place of http.proxy and
// http.proxyAuthMethod. Git does not tell a helper which remote it talks to: the first of that host counts which has one.
func (g Git) addRemoteProxy(ctx context.Context, values map[string][]string, isRemote func(url string) bool) error {
	out, err := g.read(ctx, "", "config", "-z", "--get-regexp", `^remote\..*\.proxy(authmethod)?$`)
	if err != nil {
		return err
	}
	chosen := ""
	for entry := range strings.SplitSeq(out, "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		dot := strings.LastIndex(key, ".")
		remote := strings.TrimPrefix(key[:max(0, dot)], "remote.")
		if remote == "" || chosen != "" && remote != chosen {
			continue
		}
		url, err := g.read(ctx, "", "ls-remote", "--get-url", "--", remote) // with url.<base>.insteadOf in it
		if err != nil {
			return err
		}
		if isRemote(strings.TrimSpace(url)) {
			chosen = remote
			values[key[dot+1:]] = []string{value}
		}
	}
	return nil
}
