package command

import (
	"errors"
	"io/fs"
	"os/exec"
	"syscall"

	"git-credential-grant/agent"
	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
	"git-credential-grant/person"
	"git-credential-grant/store"
)

// hints are what a person can do about an error. The first that fits is shown. Words in capitals stand for what [namesIn] knows,
// or else for what only the person does. An empty hint says that there is nothing to do, and why is said beside it.
var hints = []struct {
	err  error
	hint string
}{
	{errNoStore, "use what this machine has: git-credential-grant configure --store auto ORIGIN"},
	{errOtherHost, "if it is the client of ORIGIN: export GIT_CREDENTIAL_GRANT_HOST=ORIGIN"},
	{errNoJWTIssuer, "git config --global credential.ORIGIN.oauthJWTIssuer KEY"},
	{errNoGrant, "git config --global credential.ORIGIN.oauthGrant client_credentials"},
	{errNotSet, "set it, or name a file that holds it: export VARIABLE_FILE=FILE"},
	{errBothSet, "unset VARIABLE"},
	{errSecretFile, "look at it: ls -lL \"$VARIABLE\""},
	{errNoClient, "git-credential-grant setup ORIGIN"},
	{errNoConversation, "run instead: git-credential-grant register --client-id ID --client-secret-stdin ORIGIN <FILE; " +
		"git-credential-grant configure ORIGIN; git-credential-grant login ORIGIN"},
	{errOtherEndpoint, "git-credential-grant register ORIGIN"},
	{errNoID, "git-credential-grant register ORIGIN"},
	{errRequest, "git asks this program; to ask as git does: echo url=URL | git credential fill"},
	{errForeign, "put it away: mv PATH PATH.old"},
	{errOtherSocket, "give the socket another name, or put the other one away: mv PATH PATH.old"},
	{errNoUnits, "start it yourself: git-credential-grant agent --allow URL SOCKET"},
	{errPeerEnded, "have this program at the other end too, of this version: git-credential-grant --version"},
	{errProblems, ""}, // each has come with its own
	{errElsewhere, "run it where the agent runs"},
	{agent.ErrNotTrusted, "have the socket in a directory of your own: mkdir -m 700 DIRECTORY"},
	{agent.ErrNoAgent, "start one where you are signed in: git-credential-grant agent --allow ORIGIN SOCKET"},
	{agent.ErrPathNeeded, "git config --global credential.ORIGIN.useHttpPath true"},
	{agent.ErrDenied, "say yes where the agent runs, and run the git command again a minute from now"},
	{agent.ErrBusy, "run the git command again later"},
	{agent.ErrFailed, "see what the agent says, or sign in there: git-credential-grant login ORIGIN"},
	{agent.ErrShared, "name a socket in one: mkdir -m 700 ~/.agents; git-credential-grant agent --allow URL ~/.agents/agent.sock"},
	{agent.ErrNoSocket, "name another place: git-credential-grant agent --allow URL ~/.agents/agent.sock"},
	{agent.ErrActivated, "write anew what the system starts it by: git-credential-grant agent --install --allow URL SOCKET"},
	{agent.ErrNotAllowed, "start it with that URL allowed too: git-credential-grant agent --allow URL --allow ORIGIN SOCKET"},
	{agent.ErrMalformed, "have the same version at both ends: git-credential-grant --version"},
	{agent.ErrTooLarge, "have the same version at both ends: git-credential-grant --version"},
	{agent.ErrInUse, "see which agents run: git-credential-grant status"},
	{errBug, "report it, with what the same command says under GIT_CREDENTIAL_GRANT_TRACE=1, and: git-credential-grant --version"},
	{errNoServer, "say which forge it is: git config --global credential.ORIGIN.provider FORGE (PROVIDERS); " +
		"of another server, its issuer: git config --global credential.ORIGIN.oauthIssuer URL"},
	{helper.ErrTokensRefused, "check that you may use the repository; if you may, sign in anew: " +
		"git-credential-grant login ORIGIN"},
	{helper.ErrUnconfirmed, "if it is your forge: git-credential-grant login ORIGIN"},
	{helper.ErrOneWindow, "git-credential-grant login ORIGIN"},
	{helper.ErrOtherAccount, "take the name out of the URL (git remote set-url origin URL), or log out of the forge in the " +
		"browser and sign in again: git-credential-grant login ORIGIN"},
	{helper.ErrNobodyThere, "sign in where there is a terminal or a browser: git-credential-grant login ORIGIN"},
	{helper.ErrPaused, "run git in a terminal, which asks at once, or: git-credential-grant login ORIGIN"},
	{helper.ErrNotSignedIn, "git-credential-grant login ORIGIN"},
	{gitconfig.ErrNoGit, "install it from https://git-scm.com/downloads, and look again: git-credential-grant doctor ORIGIN"},
	{gitconfig.ErrOldGit, "install a later one from https://git-scm.com/downloads, and look: git --version"},
	{gitconfig.ErrByHand, "git config --global --edit"},
	{errNotAgreed, "if that is what you want: git-credential-grant configure --replace --yes"},
	{person.ErrNone, "git-credential-grant register --client-id ID --client-secret-stdin ORIGIN <FILE"},
	{helper.ErrDotted, "write the URL without that dot: git remote set-url origin URL"},
	{helper.ErrUnencrypted, "write the URL with https: git remote set-url origin URL"},
	{helper.ErrHeldTooLong, "run the command again; if that does not help, end the process that holds it, one of: ps -e"},
	{helper.ErrNewer, "update this program, or forget the sign-in: git-credential-grant logout ORIGIN"},
	{helper.ErrUnreadable, "forget it, and sign in anew: git-credential-grant logout ORIGIN; git-credential-grant login ORIGIN"},
	{helper.ErrUnreadableClient, "git-credential-grant register ORIGIN"},
	{helper.ErrOnlyBearer, "install git 2.46 or later from https://git-scm.com/downloads, and look: git --version"},
	{flow.ErrHeaderEncoded, "if id and secret are right: git config --global credential.ORIGIN.oauthAuthStyle params; else: " +
		"git-credential-grant register ORIGIN"},
	{flow.ErrCharacters, "git-credential-grant register ORIGIN"},
	{flow.ErrClientRefused, "git-credential-grant register ORIGIN"},
	{flow.ErrPageRefuses, "see that the client has the callback URL, or take in another: git-credential-grant register ORIGIN"},
	{flow.ErrUnauthorized, "git-credential-grant login ORIGIN"},
	{flow.ErrCodeRefused, "a code serves once and not for long; sign in anew: git-credential-grant login ORIGIN"},
	{flow.ErrMixedUp, "open no address that somebody else has sent, and sign in anew: git-credential-grant login ORIGIN"},
	{flow.ErrToken, "tell whoever runs that server; to see each step: GIT_CREDENTIAL_GRANT_TRACE=1 git-credential-grant login ORIGIN"},
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
	{gitconfig.ErrProxyStatus, "see whether it lets others through: curl -sSI -x PROXY ORIGIN"},
	{gitconfig.ErrProxy, "see what is set: git config --show-origin --get-regexp '^(http|remote)\\..*proxy'"},
	{gitconfig.ErrProxyCertificate, "tell git of the authority that signed it: git config --global http.proxySSLCAInfo FILE"},
	{gitconfig.ErrPinned, "if you know why the server has a new key: git config --global http.pinnedPubkey sha256//HASH"},
	{gitconfig.ErrTLS, "see what is set: git config --show-origin --get-regexp '^http\\..*(ssl|pinned)'"},
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
	{flow.ErrInTheWay, "run the command again later; if it stays: git-credential-grant login ORIGIN"},
	{flow.ErrDenied, "run the git command again and grant access, or do so now: git-credential-grant login ORIGIN"},
	{flow.ErrTimeout, "run the git command again; for more time each time: git-credential-grant configure --timeout 15m ORIGIN"},
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
	{flow.ErrNoBrowser, "name one that is here: export BROWSER=PROGRAM"},
	{person.ErrNoBrowser, "name one that is here: export BROWSER=PROGRAM"},
	{errNoEntry, "see each step: GIT_CREDENTIAL_GRANT_TRACE=1 git ls-remote REPOSITORY"},
	{gitconfig.ErrRefused, "see what git reads, and from where: git config --list --show-origin"},
	{helper.ErrClientRefused, "git-credential-grant register ORIGIN"},
	{helper.ErrNotSetUp, "git-credential-grant setup ORIGIN"},
	{flow.ErrCancelled, ""},    // by the person
	{helper.ErrGrantEnded, ""}, // the sign-in that mends it comes next, or the error also says why it cannot
	{flow.ErrGrantEnded, ""},
	// What this machine says.
	{syscall.ENOSPC, "make room there: df -h"},
	{syscall.EDQUOT, "make room there: du -sh ~"},
	{syscall.EROFS, "see what is read-only: mount"},
	{syscall.EPIPE, ""}, // nobody reads any more
	{exec.ErrNotFound, "install it, or write its whole path: command -v PROGRAM"},
	{fs.ErrPermission, "see who may use it: ls -ld PATH"},
	{fs.ErrNotExist, "see what is there: ls -ld PATH"},
	{errors.ErrUnsupported, "do without on this system: git-credential-grant login ORIGIN"},
}

// wordHints are for what a forge or git says in words of its own, where no code tells it.
var wordHints = []wordHint{
	{"could not lock config file", "see who may write there, and whether another git is about to: ls -la DIRECTORY"},
	{"bad config line", "mend that line: ${EDITOR:-vi} CONFIG"},
	{"the passphrase is wrong",
		"type in the right one: read -rs GIT_CREDENTIAL_GRANT_PASSPHRASE && export GIT_CREDENTIAL_GRANT_PASSPHRASE"},
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

// momentHints are for errors of the moment, in the words of flow: a server that is out of reach, an answer that is none, and a
// server that is overloaded or broken.
var momentHints = []wordHint{
	{"proxyconnect ", "see that the proxy is right: git config --show-origin --get-regexp '^(http|remote)\\..*proxy'; env | grep -i proxy"},
	{"could not reach ", "see whether the server can be reached, and run the command again: curl -sSI SERVER"},
	{"did not answer within", "see whether the server answers now, and run the command again: curl -sSI SERVER"},
	{"broke off", "run the command again; if it stays: git-credential-grant login ORIGIN"},
	{"sent an answer that makes no sense",
		"a network that wants a sign-in of its own may answer so; if it stays: git-credential-grant login ORIGIN"},
	{"answered with status", later},
	{" answered: ", later},
}

// later is the hint where only the server can mend it.
const later = "run the command again later; if it stays: git-credential-grant login ORIGIN"

// A wordHint is a part of an error's text, and what to do about it.
type wordHint struct{ words, hint string }
