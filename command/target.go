package command

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"

	"git-credential-grant/helper"
)

// A targetError is about what a person has typed for a host or a URL: it cannot be read, or most likely means another. Meant is
// what they probably mean, "" if that is not known: it is proposed, and never taken.
type targetError struct {
	why, meant string
	// flag is the one whose value is meant, "" if it is an argument of the command.
	flag string
	// settled says that settings for the place are enough to show that it is meant.
	settled bool
}

func (e *targetError) Error() string { return e.why }

// parseTarget is [helper.ParseTarget] with rules for what people type by mistake. With a fault there may be a request too: the
// place is odd, and yet somebody may have something there.
func parseTarget(text string) (request *helper.Credential, path string, fault *targetError) {
	request, path, err := helper.ParseTarget(text)
	fault = &targetError{meant: proposal(text)}
	switch {
	case isSecretive(text):
		fault.why = "the URL has a password in it, which does not belong there"
		return nil, "", fault
	case strings.HasPrefix(text, "-"):
		fault.why, fault.meant = fmt.Sprintf("%q is an option, which comes before the URL", shown(text)), ""
	case isLocal(text):
		fault.why, fault.meant = fmt.Sprintf("a folder on this machine, and not a URL or a host: %q", shown(text)), ""
	case errors.Is(err, helper.ErrDotted):
		fault.why = err.Error()
	case err != nil && request != nil:
		fault.why = fmt.Sprintf("not a web host, so nobody signs in there: %q", shown(text))
	case err != nil, startsWrongly(text):
		fault.why = fmt.Sprintf("not a URL or a host: %q", shown(text))
	default:
		fault = doubt(text, request.Origin)
	}
	return request, path, fault
}

// doubt is what speaks against a place that can be read, nil if nothing does.
func doubt(text string, origin helper.Origin) *targetError {
	host := origin.Hostname()
	_, hasProtocol := cutProtocol(text)
	switch known, similar := similarHost(host); {
	case strings.HasPrefix(origin.String(), "http:") && !origin.MayHaveToken():
		meant := "https://" + cmp.Or(known, origin.Host())
		return &targetError{why: fmt.Sprintf("http sends passwords in the clear: %q", shown(text)), meant: meant}
	case similar:
		return &targetError{why: fmt.Sprintf("not a forge that is known: %q", host), meant: "https://" + known, settled: true}
	case !hasProtocol && isWord(text):
		why := fmt.Sprintf("not a URL, and no host with a domain: %q", shown(text))
		return &targetError{why: why, meant: origin.String(), settled: true}
	}
	return nil
}

// isWord reports whether a text is one word, and not this machine.
func isWord(text string) bool { return !strings.ContainsAny(text, ".:/[") && text != "localhost" }

// whenUsed compiles a pattern when it is first used: git's calls use none, and each would pay for all.
func whenUsed(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// protocolLike is what may be meant to be a protocol, at the beginning of what somebody has typed.
var protocolLike = whenUsed(`^([A-Za-z]+)(?:[:;]*/+|[:;]+)`)

// cutProtocol takes off whatever is meant to be http or https, as often as it is there. found is false if nothing was.
func cutProtocol(text string) (rest string, found bool) {
	for {
		match := protocolLike().FindStringSubmatch(text)
		if match == nil || min(distance(strings.ToLower(match[1]), "http"), distance(strings.ToLower(match[1]), "https")) > 1 {
			return text, found
		}
		text, found = text[len(match[0]):], true
	}
}

// startsWrongly reports whether a text begins with something like a protocol that is none, or with two.
func startsWrongly(text string) bool {
	rest, found := cutProtocol(text)
	protocol := strings.ToLower(strings.TrimSuffix(text, rest))
	return found && protocol != "https://" && protocol != "http://"
}

// sshLike is user@host:path, with or without the user, which git takes for SSH.
var sshLike = whenUsed(`^(?:[^@/:\s]+@)?([^@/:\s]+\.[^@/:\s]+|[^@/:\s]+):([^/\d@][^@]*)?$`)

// otherProtocol is the beginning of a URL of another protocol that git speaks.
var otherProtocol = whenUsed(`(?i)^(?:ssh|git|git\+ssh|ssh\+git|git\+https|ftps?)://`)

// proposal is what a person probably means by a text: the URL of a host, "" if that cannot be told.
func proposal(text string) string {
	text = strings.ReplaceAll(strings.TrimFunc(text, isAround), `\`, "/")
	text = strings.TrimRight(text, ".,;!?")
	if other := otherProtocol().FindString(text); other != "" {
		text = text[len(other):]
	} else if rest, found := cutProtocol(text); found {
		text = rest
	} else if match := sshLike().FindStringSubmatch(text); match != nil {
		text = match[1]
	}
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	authority, _, _ := strings.Cut(strings.TrimLeft(text[strings.LastIndexByte(text, '@')+1:], "/"), "/")
	authority = strings.TrimRight(authority, ".,;")
	for _, host := range []string{authority, strings.SplitN(authority, ":", 2)[0]} { // the port may be that of SSH, or a path
		origin := helper.ParseOrigin("https://" + host)
		known, similar := similarHost(origin.Hostname())
		switch {
		case similar:
			return "https://" + known
		case host != "" && origin.IsWeb() && (!isWord(host) || host == "localhost"):
			return origin.String()
		}
	}
	return ""
}

// isAround reports whether a character is one that people put around a URL.
func isAround(r rune) bool {
	return strings.ContainsRune(" \t\r\n\"'`<>()[]{}“”‘’«»„‚,;", r)
}

// localLike is the beginning of a path, or of its URL.
var localLike = whenUsed(`^(?:\.{0,2}/|\.{1,2}$|~|[A-Za-z]:[\\/]|file:)`)

// isLocal reports whether a text is the path of something on this machine.
func isLocal(text string) bool {
	local := localLike().MatchString(text)
	if _, begins := cutProtocol(text); begins {
		return local && strings.HasPrefix(text, ".")
	}
	info, err := os.Stat(text)
	first, _, hasPath := strings.Cut(text, "/")
	return local || err == nil && info.IsDir() && hasPath && !strings.Contains(first, ".")
}

// isSecretive reports whether a text may have a password in it, which no message may show.
func isSecretive(text string) bool {
	rest, _ := cutProtocol(otherProtocol().ReplaceAllString(strings.TrimFunc(text, isAround), ""))
	if _, after, found := strings.Cut(rest, "://"); found {
		rest = after
	}
	at := strings.LastIndexByte(rest, '@')
	if u, err := url.Parse("https://" + rest); err == nil && u.Host != "" {
		_, has := u.User.Password()
		return has
	}
	return at >= 0 && strings.Contains(rest[:at], ":")
}

// shown is a text as a message may show it: without what follows a question mark or a number sign, which may be secret.
func shown(text string) string {
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		return text[:i+1] + "…"
	}
	return text
}
