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
)

// recognise returns settings with the provider of a host that neither a setting nor its name tells: what a sign-in there
// remembers, or the host's own word for itself, its realm in WWW-Authenticate. The sign-in remembers it, because git does
// not always show it, and because a server that has become another must not choose where the refresh token goes. A forge
// where clients have to be registered is ours only with one.
//
// The host's word leads nowhere else than to that host, and yet it is not enough for a window: the host could send the
// browser on to the consent page of an honest forge, and take the code that comes of it (RFC 9700, section 4.4). Nor are
// settings for no host in particular, which would give any host a token, or a secret. So the host has to be confirmed where
// the person has not named it: by settings for its URL, by own, which is a client that is registered for it or a job's, by a
// sign-in, or by typing it.
func (f *finder) recognise(
	ctx context.Context, about subject, settings gitconfig.Settings, provider string, own bool,
) (gitconfig.Settings, sight, error) {
	settings, base, err := f.belowHost(ctx, about, settings)
	if err != nil {
		return settings, sight{}, err
	}
	if settings.Provider == "auto" { // Git Credential Manager's word for: not set.
		settings.Provider = ""
	}
	if _, known := flow.ByHost(about.origin().Hostname()); known {
		return settings, sight{base: base}, nil
	}
	before := remembered(provider)
	scoped := own || base != "" || f.configured(ctx, about)
	named := scoped || before.provider != "" || about.typed
	if settings.DescribeServer() && scoped {
		return settings, sight{base: base}, nil
	}
	if settings.DescribeServer() {
		return settings, sight{provider: cmp.Or(settings.Provider, flow.Generic.Name), base: base, unconfirmed: !named}, nil
	}
	profile, found := flow.ByName(before.provider)
	if found {
		base = before.base
	} else {
		profile, base, found = f.byRealm(ctx, about, base, scoped)
	}
	if !found {
		return settings, sight{base: base}, nil
	}
	if profile.ClientID == "" && settings.ClientID == "" {
		return settings, sight{}, lacksClient(about, profile)
	}
	settings.Provider = profile.Name
	return settings, sight{provider: profile.Name, base: base, unconfirmed: !named}, nil
}

// lacksClient is the error about a forge that is recognised, and where clients have to be registered. Git hears nothing of it: the
// host may have another way in.
func lacksClient(about subject, profile flow.Profile) error {
	if !about.typed {
		return fmt.Errorf("%s needs a client: %w", profile.Name, errors.ErrUnsupported)
	}
	return meaning{fmt.Errorf("no OAuth client is set for %s, which says that it is a %s", about.host(), profile.Name), errNoClient}
}

// A sight is what is known of a forge that neither a setting nor its name tells.
type sight struct {
	provider string // "" if that is known otherwise
	// base is the path below which the forge is, "" if it is at the root of the host.
	base string
	// unconfirmed says that only the host itself tells, and that the person has not named it yet.
	unconfirmed bool
}

// remember is what a sign-in keeps of it.
func (s sight) remember() string {
	if s.provider == "" {
		return ""
	}
	return strings.TrimSuffix(s.provider+" "+s.base, " ")
}

// remembered is the way back.
func remembered(provider string) sight {
	name, base, _ := strings.Cut(provider, " ")
	return sight{provider: name, base: base}
}

// belowHost finds the path below which the settings say that a forge is. Git takes the path away before it asks, unless
// credential.useHttpPath is set, and so settings at such a URL would not be found: those of the only path that has any are
// taken then.
func (f *finder) belowHost(
	ctx context.Context, about subject, settings gitconfig.Settings,
) (gitconfig.Settings, string, error) {
	git, origin := f.settings.git, about.origin()
	path := cmp.Or(about.path, "/"+about.request.Attributes.Get("path"))
	if _, known := flow.ByHost(about.origin().Hostname()); known || path == "/" && settings.DescribeServer() {
		return settings, "", nil
	}
	paths, err := git.Paths(ctx, origin.String())
	if err != nil || len(paths) == 0 {
		return settings, "", err
	}
	root, err := git.Settings(ctx, origin.String())
	if err != nil || root.DescribeServer() { // Then what is set for a path is about that forge.
		return settings, "", err
	}
	base := longestStart(paths, path)
	if base == "" && len(paths) == 1 {
		base = paths[0]
	}
	if base == "" {
		return settings, "", nil
	}
	below, err := git.Settings(ctx, origin.String()+base)
	if below.ClientID == "" { // then it is registered, or that of a job
		below.ClientID, below.ClientSecret = settings.ClientID, settings.ClientSecret
	}
	return below, base, err
}

// longestStart returns the longest of the paths with which a path starts, "" if there is none.
func longestStart(paths []string, path string) (longest string) {
	for _, start := range startsOf(path) {
		if slices.Contains(paths, start) {
			longest = start
		}
	}
	return longest
}

// byRealm takes the host's own word for what it is: git tells it from version 2.41 on, unless a name in the URL has it ask
// before its first request. For a person's command, and for a host that the person has set something of ours for, it is asked
// else, at base or at each part of the path that the person has named.
func (f *finder) byRealm(ctx context.Context, about subject, base string, scoped bool) (profile flow.Profile, at string, found bool) {
	if profile, found = flow.ByRealm(about.request.WWWAuth); found || !about.typed && (!scoped || len(about.request.WWWAuth) > 0) {
		return profile, base, found
	}
	client := &flow.Client{Transport: f.transport(about.origin()), Trace: f.voice.tracer()}
	for _, at := range startsOf(cmp.Or(base, about.path)) {
		host := about.origin().URL()
		host.Path = at
		profile, found, err := client.Recognise(ctx, host)
		if found {
			return profile, at, true
		}
		if ctx.Err() != nil { // Whoever has ended it knows why.
			break
		}
		if err != nil {
			f.voice.tell("could not ask the host what it is: " + err.Error())
			break
		}
	}
	return profile, base, false
}

// startsOf returns the paths with which a path starts, the shortest, "", first.
func startsOf(path string) []string {
	starts := []string{""}
	for i, r := range path {
		if r == '/' && i > 0 {
			starts = append(starts, path[:i])
		}
	}
	if path = strings.TrimSuffix(path, "/"); path != "" {
		starts = append(starts, path)
	}
	return starts
}

// configured reports whether the person has set something of ours for the very host: this helper, a forge, a client.
func (f *finder) configured(ctx context.Context, about subject) bool {
	entries, err := f.settings.git.Entries(ctx, about.request.URL())
	return err == nil && slices.ContainsFunc(entries, func(entry gitconfig.Entry) bool {
		return entry.Applies && entry.URL != "" && !isForAnyHost(entry.URL) && entry.IsOurs()
	})
}

// isForAnyHost reports whether the URL of a setting has a wildcard for all of a host's name, or for all below a public suffix
// such as "com".
func isForAnyHost(url string) bool {
	protocol, host, found := strings.Cut(url, "://")
	if !found {
		host = protocol
	}
	host, _, _ = strings.Cut(host, "/")
	return strings.Contains(host, "*") && strings.Count(strings.Trim(host, "*."), ".") == 0
}
