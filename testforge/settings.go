package testforge

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settings say how a forge behaves. They may change while it runs, by
// [Forge.Update] or by the control command that has the name of the field in
// lower case with hyphens. The zero value is Bitbucket Cloud at its strictest.
type Settings struct {
	// Consent is what the authorize page does: "form" asks (the default),
	// "auto:alice" redirects at once, as for somebody signed in who has agreed
	// before, and "deny" redirects with access_denied.
	Consent string
	// Lifetime is that of an access token; 0 means two hours.
	Lifetime time.Duration
	// Refresh says what a refresh answers as refresh_token: "rotate" a new one
	// (the default), "constant" the same, "absent" nothing, and the old one stays
	// good. With "none" a sign-in gets no refresh token in the first place.
	Refresh string
	// Grace is how long a rotated refresh token may be used again. After that
	// its use ends the sign-in. Bitbucket Cloud gives ten minutes.
	Grace time.Duration
	// TokenBytes is the length of access and refresh tokens; 0 means 2,000.
	TokenBytes int
	// TokenDelay is how long the token endpoint waits before it does anything.
	TokenDelay time.Duration
	// ScopeField is the name of the scope in a token answer: "scopes" (the
	// default, what Bitbucket Cloud used to say) or "scope".
	ScopeField string
	// ExpiresIn, if set, is what a token answer says in place of the number of
	// seconds, as it stands in the JSON: "3600.0" with or without quotes, null.
	ExpiresIn string
	// Answer is the form of a token answer: "json" (the default), "text" for JSON
	// that calls itself text/plain, "form" for a URL-encoded form, "bom" for JSON
	// after a byte order mark, or "error-false" for a member that says so.
	Answer string
	// IgnorePKCE issues tokens whatever the code_verifier.
	IgnorePKCE bool
	// Consumer is how the consumer was registered: "private" (the default), which
	// lets it act for itself, "public", or private with "no-callback" or "read-only",
	// without the permission to write.
	Consumer string
	// GitAuth is what the git endpoints take: "basic" (the default), "bearer" or "both".
	GitAuth string
	// AlsoOffer are schemes that the git endpoints name before those that they take, and do not take themselves, as a
	// host that has one sign-in for browsers and another for git: "negotiate", "ntlm" and "digest", separated by commas.
	AlsoOffer string
	// PublicRead lets anybody clone.
	PublicRead bool
	// Locked is a repository, such as acme/app, for which no token is good.
	Locked string
}

func (s Settings) withDefaults() Settings {
	s.Consent = cmp.Or(s.Consent, "form")
	s.Refresh = cmp.Or(s.Refresh, "rotate")
	s.ScopeField = cmp.Or(s.ScopeField, "scopes")
	s.Answer = cmp.Or(s.Answer, "json")
	s.Consumer = cmp.Or(s.Consumer, "private")
	s.GitAuth = cmp.Or(s.GitAuth, "basic")
	s.Lifetime = cmp.Or(s.Lifetime, 2*time.Hour)
	s.TokenBytes = cmp.Or(s.TokenBytes, 2000)
	return s
}

// flags gives each setting its name in text. The flags of "serve" and the verbs
// of "ctl" are these.
func (s *Settings) flags(fs *flag.FlagSet) {
	fs.Func("consent", "`form`, auto:USER or deny", func(mode string) error {
		user, auto := strings.CutPrefix(mode, "auto:")
		if auto && user != "" {
			s.Consent = mode
			return nil
		}
		return choose(&s.Consent, "form", "deny")(mode)
	})
	fs.Func("lifetime", "`seconds` that an access token lives (7200)", duration(&s.Lifetime))
	fs.Func("refresh", "`rotate`, constant, absent or none", choose(&s.Refresh, "rotate", "constant", "absent", "none"))
	fs.Func("grace", "`seconds` that a rotated refresh token stays good (0)", duration(&s.Grace))
	fs.IntVar(&s.TokenBytes, "token-bytes", s.TokenBytes, "length of tokens")
	fs.Func("token-delay", "`seconds` before each token answer (0)", duration(&s.TokenDelay))
	fs.Func("scope-field", "`scopes` or scope", choose(&s.ScopeField, "scopes", "scope"))
	fs.StringVar(&s.ExpiresIn, "expires-in", s.ExpiresIn, "`JSON` in place of the number of seconds")
	fs.Func("answer", "`json`, text, form, bom or error-false", choose(&s.Answer, "json", "text", "form", "bom", "error-false"))
	fs.BoolVar(&s.IgnorePKCE, "ignore-pkce", s.IgnorePKCE, "issue tokens whatever the code_verifier")
	fs.Func("consumer", "`private`, public, no-callback or read-only",
		choose(&s.Consumer, "private", "public", "no-callback", "read-only"))
	fs.Func("git-auth", "`basic`, bearer or both", choose(&s.GitAuth, "basic", "bearer", "both"))
	fs.Func("also-offer", "`schemes` that git is offered and cannot use: negotiate, ntlm, digest", s.setAlsoOffer)
	fs.BoolVar(&s.PublicRead, "public-read", s.PublicRead, "let anybody clone")
	fs.StringVar(&s.Locked, "locked", s.Locked, "`repository` for which no token is good")
}

func (s *Settings) setAlsoOffer(schemes string) error {
	for scheme := range strings.SplitSeq(schemes, ",") {
		if _, known := alsoOffered[scheme]; !known {
			return fmt.Errorf("no scheme is called %q", scheme)
		}
	}
	s.AlsoOffer = schemes
	return nil
}

func choose(to *string, values ...string) func(string) error {
	return func(value string) error {
		if !slices.Contains(values, value) {
			return fmt.Errorf("not one of %s", strings.Join(values, ", "))
		}
		*to = value
		return nil
	}
}

// duration takes plain seconds, and what [time.ParseDuration] takes.
func duration(to *time.Duration) func(string) error {
	return func(value string) (err error) {
		if _, notNumber := strconv.Atoi(value); notNumber == nil {
			value += "s"
		}
		*to, err = time.ParseDuration(value)
		return err
	}
}
