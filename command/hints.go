package command

import (
	"errors"
	"strconv"
	"strings"

	"git-credential-grant/agent"
	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
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

// hints are what a person can do about an error. The first that fits is shown.
var hints = []struct {
	err  error
	hint string
}{
	{errNoClient, "git-credential-grant register ORIGIN"},
	{errNoConversation, "run instead: git-credential-grant register --client-id ID --client-secret-stdin ORIGIN <FILE; " +
		"git-credential-grant configure ORIGIN; git-credential-grant login ORIGIN"},
	{errOtherEndpoint, "git-credential-grant register ORIGIN"},
	{errElsewhere, "run it where the agent runs"},
	{agent.ErrNotTrusted, "have the socket in a directory of your own: mkdir -m 700 DIRECTORY"},
	{agent.ErrNoAgent, "start one where you are signed in: git-credential-grant agent --allow ORIGIN SOCKET"},
	{agent.ErrPathNeeded, "git config --global credential.ORIGIN.useHttpPath true"},
	{agent.ErrDenied, "say yes where the agent runs, and run the git command again a minute from now"},
	{agent.ErrBusy, "run the git command again later"},
	{agent.ErrFailed, "see what the agent says, or sign in there: git-credential-grant login ORIGIN"},
	{agent.ErrShared, "name a socket in one: mkdir -m 700 ~/.agents; git-credential-grant agent --allow URL ~/.agents/agent.sock"},
	{agent.ErrInUse, "see which agents run: git-credential-grant status"},
	{errBug, "report it, with what the same command says under GIT_CREDENTIAL_GRANT_TRACE=1"},
	{errNoServer, "say which forge it is: git config --global credential.ORIGIN.provider PROVIDERS"},
	{helper.ErrTokensRefused, "check that you may use the repository; if you may, sign in anew: " +
		"git-credential-grant login ORIGIN"},
	{helper.ErrUnconfirmed, "if it is your forge: git-credential-grant login ORIGIN"},
	{helper.ErrOneWindow, "git-credential-grant login ORIGIN"},
	{helper.ErrOtherAccount, "take the name out of the URL (git remote set-url origin URL), or log out of the forge in the " +
		"browser and run the command again"},
	{helper.ErrNobodyThere, "sign in where there is a terminal or a browser: git-credential-grant login ORIGIN"},
	{helper.ErrPaused, "run git in a terminal, which asks at once, or: git-credential-grant login ORIGIN"},
	{helper.ErrNotSignedIn, "git-credential-grant login ORIGIN"},
	{gitconfig.ErrByHand, "git config --global --edit"},
	{errNotAgreed, "if that is what you want: git-credential-grant configure --replace --yes"},
	{person.ErrNone, "git-credential-grant register --client-id ID --client-secret-stdin ORIGIN <FILE"},
	{helper.ErrDotted, "write the URL without that dot: git remote set-url origin URL"},
	{helper.ErrOnlyBearer, "install git 2.46 or later"},
	{flow.ErrHeaderEncoded, "if id and secret are right: git config --global credential.ORIGIN.oauthAuthStyle params; else: " +
		"git-credential-grant register ORIGIN"},
	{flow.ErrClientRefused, "git-credential-grant register ORIGIN"},
	{flow.ErrScope, "give the OAuth client the permissions that the scopes name, or ask for others: git config " +
		"--global credential.ORIGIN.oauthScopes \"...\""},
	{flow.ErrIssuer, "see what is set: git config --show-origin --get-urlmatch credential ORIGIN"},
	{flow.ErrMetadata, "tell whoever runs that server, or set what it names wrongly: git config --global " +
		"credential.ORIGIN.oauthAuthURL URL, and oauthTokenURL"},
	{gitconfig.ErrProxyPassword, "put your name into the proxy's URL (git config --global http.proxy PROXY), and give git the " +
		"password: echo url=PROXY | git credential fill | git credential approve"},
	{gitconfig.ErrProxyRefused, "correct the password in http.proxy, or have git's helpers forget it and ask for it anew: echo " +
		"url=PROXY | git credential reject"},
	{gitconfig.ErrProxyMethod, "let the proxy take basic, or reach the server in another way: git config --global " +
		"http.URL.proxy OTHER"},
	{gitconfig.ErrProxyCertificate, "tell git of the authority that signed it: git config --global http.proxySSLCAInfo FILE"},
	{gitconfig.ErrPinned, "if you know why the server has a new key: git config --global http.pinnedPubkey sha256//HASH"},
	{gitconfig.ErrTLS, "see what is set: git config --show-origin --get-regexp '^http\\..*ssl'"},
	{gitconfig.ErrClientKey, "make a copy without a password, which only you can read, and name it in http.sslKey: (umask " +
		"077; openssl pkey -in KEY -out COPY); of PKCS #12: openssl pkcs12 -in FILE -nodes -out COPY"},
	{flow.ErrPort, "end that program, or name another port that the OAuth client has as a callback URL: git config " +
		"--global credential.ORIGIN.oauthRedirectURL http://127.0.0.1:PORT"},
	{flow.ErrCertificate, "tell git of the authority that signed it: git config --global http.sslCAInfo FILE"},
	{flow.ErrGrantRefused, "allow the grant in the OAuth client's settings at the forge, or use another: git config " +
		"--global credential.ORIGIN.oauthGrant code"},
	{flow.ErrNoDevice, "leave out --device and oauthGrant; or, if the forge has a device grant: git config --global " +
		"credential.ORIGIN.oauthDeviceAuthURL URL"},
	{flow.ErrNoPage, "if the forge is below a path of the host: git-credential-grant login ORIGIN/PATH"},
	{flow.ErrInTheWay, "git-credential-grant login ORIGIN"},
	{flow.ErrDenied, "run the git command again and grant access"},
	{flow.ErrTimeout, "run the git command again; --timeout 10m in credential.helper gives more time"},
	{store.ErrLocked, "unlock the keyring, or keep sign-ins in an encrypted file: git-credential-grant configure " +
		"--store file ORIGIN"},
	{store.ErrTimeout, "keep sign-ins in an encrypted file instead: git-credential-grant configure --store file ORIGIN"},
	{store.ErrUnavailable, "keep sign-ins in an encrypted file instead: git-credential-grant configure --store file ORIGIN"},
	{store.ErrOwner, "sudo chown -R OWNER PATH"},
	{store.ErrPermissions, "chmod -R go= PATH"},
	{store.ErrLink, "put a file or directory of its own there: rm PATH"},
	{store.ErrPassphrase, "type it in: read -rs GIT_CREDENTIAL_GRANT_PASSPHRASE && export GIT_CREDENTIAL_GRANT_PASSPHRASE"},
	{store.ErrNoPlace, "say where: export XDG_DATA_HOME=DIRECTORY"},
	{store.ErrNoRoom, "make room there, or keep sign-ins elsewhere: export XDG_DATA_HOME=DIRECTORY"},
	{store.ErrNoLocks, "keep sign-ins on a disk of this machine: export XDG_DATA_HOME=DIRECTORY"},
	{store.ErrUndecipherable, "bring back the passphrase or the key file that it was written with, or delete it and sign in " +
		"anew: git-credential-grant login ORIGIN"},
	{store.ErrBusy, "run the command again; if that does not help, end the process that holds the lock, one of: ps -e"},
	{store.ErrFull, "delete what you do not need there, or keep sign-ins in an encrypted file: git-credential-grant " +
		"configure --store file ORIGIN"},
	{store.ErrTooLarge, "keep sign-ins in an encrypted file instead: git-credential-grant configure --store file ORIGIN"},
	{errSettings, "see what is set: git config --show-origin --get-urlmatch credential ORIGIN"},
}

// wordHints are for what a forge says in words of its own, where the error code tells nothing. They also fit a failure
// that another process has noted.
var wordHints = []wordHint{
	// https://github.com/jenkinsci/bitbucket-build-status-notifier-plugin/issues/47
	{`Cannot use client_credentials with a consumer marked as "public"`,
		`in the OAuth client's settings at Bitbucket tick "This is a private consumer"`},
	// flow.ErrElsewhere, also where it is what another process has noted.
	{"signed in elsewhere with the same client",
		"give each machine a public client of its own: git-credential-grant register --public --client-id ID ORIGIN; then " +
			"git-credential-grant login ORIGIN"},
	// https://github.com/composer/composer/issues/5335
	{"No callback uri defined for the OAuth client",
		"in the OAuth client's settings at Bitbucket set the callback URL: http://127.0.0.1"},
	// https://github.com/go-gitea/gitea/blob/main/routers/web/auth/oauth2_provider.go
	{"a grant exists with different scope",
		"take back the access that you have granted, and run the git command again: ORIGIN/user/settings/applications"},
}

// momentHints are for errors of the moment, in the words of flow: an answer that is none, and a server that is overloaded or
// broken.
var momentHints = []wordHint{
	{"sent an answer that makes no sense",
		"a network that wants a sign-in of its own may answer so; if it stays: git-credential-grant login ORIGIN"},
	{"answered with status",
		"run the command again later; if it stays: git-credential-grant login ORIGIN"},
}

// A wordHint is a part of an error's text, and what to do about it.
type wordHint struct{ words, hint string }

// hintFor returns what to do about an error, "" if there is nothing to say.
func hintFor(err error) string {
	if usage, ok := errors.AsType[*usageError](err); ok {
		return usage.help()
	}
	hint := hintIn(wordHints, err)
	for _, h := range hints {
		if hint == "" && errors.Is(err, h.err) {
			hint = h.hint
		}
	}
	if hint == "" {
		hint = hintIn(momentHints, err)
	}
	return namesIn(err).Replace(hint)
}

// hintIn returns the hint for words in an error, "" if there is none.
func hintIn(hints []wordHint, err error) string {
	for _, h := range hints {
		if strings.Contains(err.Error(), h.words) {
			return h.hint
		}
	}
	return ""
}

// namesIn puts into a hint what an error is about.
func namesIn(err error) *strings.Replacer {
	about, login := "", ""
	if c, ok := errors.AsType[concern](err); ok {
		about, login = c.about.origin().String(), c.about.String()
	}
	names := []string{"login ORIGIN", "login " + login, "ORIGIN", about, "PROVIDERS", providers()}
	if file, ok := errors.AsType[*store.FileError](err); ok {
		names = append(names, "PATH", file.Path, "OWNER", strconv.Itoa(file.Owner))
	}
	if proxy, ok := errors.AsType[*gitconfig.ProxyError](err); ok {
		names = append(names, "PROXY", proxy.Proxy)
	}
	return strings.NewReplacer(names...)
}

// providers lists the forges that a host can be.
func providers() string {
	var names []string
	for _, profile := range flow.Profiles {
		names = append(names, profile.Name)
	}
	return strings.Join(names, "|")
}
