package command

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/internal/shellwords"
	"git-credential-grant/store"
)

// Errors of the wiring. Each comes as what another error means; see [meaning].
var (
	// errNoClient: the forge is known, and no OAuth client is set for it.
	errNoClient = meaning{errors.New("no OAuth client is set"), helper.ErrNotSetUp}
	// errNoServer: nothing says how to sign in to the host.
	errNoServer = meaning{errors.New("how to sign in is not known"), helper.ErrNotSetUp}
	// errOtherEndpoint: the registered client's secret was meant for another place than the one that settings name now.
	errOtherEndpoint = errors.New("the OAuth client was registered for another server")
	// errSettings: a value in git config cannot be used.
	errSettings = errors.New("a setting cannot be used")
	// errNoStore: there is no keyring of that name, or not on this system.
	errNoStore = errors.New("no such store")
	// errRequest: what was to be git's question is none.
	errRequest = errors.New("not a question of git's")
	// errNoID: register was given nothing.
	errNoID = errors.New("no client id was given")
	// errNoEntry: git does not get in to a repository, and says why itself.
	errNoEntry = errors.New("git does not get in")
	// errForeign: a file is not ours to overwrite.
	errForeign = errors.New("it is there, and was written by somebody else")
	// errOtherSocket: a unit of that name is about a socket in another directory.
	errOtherSocket = errors.New("it starts an agent for another socket of that name")
	// errNoUnits: this system has neither systemd nor launchd.
	errNoUnits = errors.New("no way is known to have the system start an agent")
	// errPeerEnded: the command at the other end of an agent's pipe has failed.
	errPeerEnded = errors.New("the other end of the pipe has failed")
	// errProblems: doctor has told of each of them.
	errProblems = errors.New("there are problems")
	// errBug: the program has failed, and nobody else.
	errBug = errors.New("internal error")
)

// A meaning is an error that is also another one. Its text is the first one's.
type meaning struct {
	error
	is error
}

func (m meaning) Unwrap() []error { return []error{m.error, m.is} }

// noServer says that nothing tells how to sign in to a host.
func noServer(host string) error {
	return meaning{errors.New("how to sign in to " + host + " is not known"), errNoServer}
}

// seeSteps is the hint where there is no better one.
const seeSteps = "see each step: GIT_CREDENTIAL_GRANT_TRACE=1 git-credential-grant doctor ORIGIN"

// hintFor returns what to do about an error, "" if nothing has to be said.
func hintFor(err error) string {
	if hint, known := knownHint(err); known {
		return hint
	}
	return namesIn(err).Replace(seeSteps)
}

// knownHint is hintFor for those errors of which more can be said than of any.
func knownHint(err error) (hint string, known bool) {
	if usage, ok := errors.AsType[*usageError](err); ok && !errors.Is(err, errNoStore) {
		return usage.help(), true
	}
	if hint, known = hintIn(wordHints, err); !known {
		hint, known = hintOf(err)
	}
	ofMoment := errors.Is(err, flow.ErrInTheWay)
	if !known {
		hint, known = hintIn(momentHints, err)
		ofMoment = known
	}
	if ofMoment && strings.Contains(err.Error(), "could not renew the token") {
		hint = "your sign-in is kept; " + hint
	}
	return namesIn(err).Replace(hint), known
}

// hintOf returns the hint of the first error in the table that err is. What another process has noted is known by its words.
func hintOf(err error) (hint string, known bool) {
	_, noted := errors.AsType[helper.Noted](err)
	for _, h := range hints {
		if errors.Is(err, h.err) || noted && strings.Contains(err.Error(), h.err.Error()) {
			return h.hint, true
		}
	}
	return "", false
}

// hintIn returns the hint for words in an error.
func hintIn(hints []wordHint, err error) (hint string, known bool) {
	for _, h := range hints {
		if strings.Contains(err.Error(), h.words) {
			return h.hint, true
		}
	}
	return "", false
}

// namesIn puts into a hint what an error is about, in such a way that a shell takes each for one word.
func namesIn(err error) *strings.Replacer {
	text := err.Error()
	names := []string{"doctor ORIGIN", "doctor", "ORIGIN", "URL", "PROVIDERS", providers()}
	scheme := "https"
	if c, ok := errors.AsType[concern](err); ok {
		origin := c.about.origin().String()
		scheme, _, _ = strings.Cut(origin, "://")
		names = []string{
			"login ORIGIN", "login " + shellwords.Quote(c.about.String()), "ORIGIN", shellwords.Quote(origin),
			"REPOSITORY", shellwords.Quote(c.about.String() + c.about.path), "PROVIDERS", providers(),
		}
	}
	add := func(name, value string) {
		if value != "" {
			names = append(names, name, shellwords.Quote(value))
		}
	}
	if server := serverIn(text); server != "" {
		add("SERVER", scheme+"://"+server)
	}
	if config := between(text, "could not lock config file ", ": "); config != "" {
		add("DIRECTORY", filepath.Dir(config))
	}
	add("CONFIG", between(text+"\n", " in file ", "\n"))
	if file, ok := errors.AsType[*store.FileError](err); ok {
		add("PATH", file.Path)
		add("OWNER", strconv.Itoa(file.Owner))
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		add("PATH", file.Path)
	}
	if program, ok := errors.AsType[*exec.Error](err); ok {
		add("PROGRAM", program.Name)
	}
	if wrong, ok := errors.AsType[*variableError](err); ok {
		names = append(names, "VARIABLE", wrong.name)
	}
	if proxy, ok := errors.AsType[*gitconfig.ProxyError](err); ok {
		add("PROXY", proxy.Proxy)
	}
	return strings.NewReplacer(names...)
}

// serverIn returns the server that an error in flow's words says is out of reach, "" if none.
func serverIn(text string) string {
	if server := between(text, "could not reach ", ": "); server != "" {
		return server
	}
	before, _, found := strings.Cut(text, " did not answer within ")
	if !found {
		return ""
	}
	return before[strings.LastIndex(before, " ")+1:]
}

// between returns what stands in a text between two others, "" if they are not there.
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	middle, _, ends := strings.Cut(rest, after)
	if !found || !ends {
		return ""
	}
	return middle
}

// providers lists the forges that a host can be.
func providers() string {
	var names []string
	for _, profile := range flow.Profiles {
		names = append(names, profile.Name)
	}
	return strings.Join(names, ", ")
}
