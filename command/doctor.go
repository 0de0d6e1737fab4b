package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// maxSkew is how wrong the clock may be before tokens seem to live longer than they do.
const maxSkew = 2 * time.Minute

// An examination is one run of doctor.
type examination struct {
	session  *session
	about    subject
	git      gitconfig.Git
	settings *settings
	entries  []gitconfig.Entry
	problems int
	noStore  bool   // the keyring is one of the problems
	provider string // what a sign-in remembers
}

// doctor looks for what is wrong.
func (s *session) doctor(ctx context.Context, c *cli.Context) error {
	if !c.Args().Present() {
		signIns, _ := s.signIns(ctx) // a keyring that is broken is found below
		s = s.aboutOnly(ctx, signIns)
	}
	e := &examination{session: s, about: s.about, git: s.settings.git, settings: s.settings}
	for _, look := range []func(context.Context){
		e.checkGit, e.checkHelpers, e.checkSecretFile, e.checkStore, e.checkServer, e.checkBrowser,
	} {
		look(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	switch e.problems {
	case 0:
		return nil
	case 1:
		return errors.New("there is one problem")
	}
	return fmt.Errorf("there are %d problems", e.problems)
}

func (e *examination) fine(format string, args ...any)   { e.find("ok", format, args...) }
func (e *examination) remark(format string, args ...any) { e.find("note", format, args...) }

func (e *examination) find(word, format string, args ...any) {
	e.session.voice.say("%-8s %s", word, fmt.Sprintf(format, args...))
}

// problem tells what is wrong and the command that mends it.
func (e *examination) problem(hint, format string, args ...any) {
	e.problems++
	e.find("PROBLEM", format, args...)
	if hint != "" {
		e.find("", "hint: %s", hint)
	}
}

// failed is problem for an error.
func (e *examination) failed(err error) { e.problem(e.hintFor(err), "%s", err) }

func (e *examination) hintFor(err error) string { return hintFor(e.about.concerning(err)) }

// checkGit looks at its version: 2.46 asks the helper again when the server refuses a token.
func (e *examination) checkGit(ctx context.Context) {
	version, _, _, err := e.git.Version(ctx)
	if err != nil {
		e.problem("install git: https://git-scm.com/downloads", "git does not run")
		return
	}
	e.fine("git %s", version)
	if !e.git.Since(ctx, 2, 46) {
		e.remark("when a server refuses a token, the next git command works; from git 2.46 on the same one does")
	}
	settings, err := e.settings.of(ctx, e.about.settingsURL())
	if err == nil && gitconfig.IsTrue(settings.Bearer) && e.git.Since(ctx, 2, 46) && !e.git.Since(ctx, 2, 54) {
		// Its probe_rpc (remote-curl.c) asks without the header.
		e.problem("git config --global http.postBuffer 524288000",
			"this git forgets a bearer token in a push of more than http.postBuffer; git 2.54 does not")
	}
}

// checkHelpers looks whom git asks, and in which order.
func (e *examination) checkHelpers(ctx context.Context) {
	var err error
	if e.entries, err = e.git.Entries(ctx, e.about.request.URL()); err != nil {
		e.failed(err)
		return
	}
	mend := "git-credential-grant configure " + e.about.origin().String()
	lines := gitconfig.Helpers(e.entries)
	before := 0
	for before < len(lines) && !gitconfig.Ours(lines[before]) {
		before++
	}
	switch {
	case before == len(lines):
		e.problem(mend, "git does not ask this helper for %s", e.about.origin())
	case before > 0:
		e.problem(mend, "git asks another helper first, whose old password may win: %s", lines[0])
	case len(lines) > 1:
		e.fine("git asks this helper first for %s, then %s", e.about.origin(), strings.Join(lines[1:], ", "))
	default:
		e.fine("git asks this helper for %s", e.about.origin())
	}
	if before < len(lines) && strings.HasPrefix(lines[before], "grant") {
		e.found(mend)
	}
}

// found looks whether git finds this program by its name.
func (e *examination) found(mend string) {
	if _, err := exec.LookPath("git-credential-grant"); err != nil {
		e.problem(mend, "git does not find git-credential-grant: it is not in PATH")
	}
}

// checkSecretFile looks whether others can read a client secret in git config.
func (e *examination) checkSecretFile(context.Context) {
	for _, entry := range e.entries {
		if entry.Name != "oauthclientsecret" || entry.File == "" || !entry.Applies || runtime.GOOS == "windows" {
			continue
		}
		if info, err := os.Stat(entry.File); err == nil && info.Mode().Perm()&0o044 != 0 {
			e.problem("chmod 600 "+entry.File, "others can read the client secret in %s", entry.File)
		}
	}
}

// checkStore looks whether the keyring answers, and what it has.
func (e *examination) checkStore(ctx context.Context) {
	nobody := true
	err := e.session.onEach(ctx, func(on *oneStore) error {
		signIns, err := on.signIns(ctx, e.session, e.about)
		if err != nil {
			return err
		}
		if on.isFirst {
			e.fine("sign-ins are kept in %s (%s)", on.name, on.reason)
		}
		for _, one := range signIns {
			nobody = false
			e.signIn(one.Status, on.in())
		}
		if e.provider == "" {
			e.provider, err = on.helper.Provider(ctx, e.about.request)
		}
		return err
	})
	if e.noStore = err != nil; e.noStore {
		e.failed(err)
	} else if nobody {
		e.remark("nobody is signed in to %s; the next git command asks, or: git-credential-grant login %s", e.about.host(), e.about.origin())
	}
}

func (e *examination) signIn(status helper.Status, in string) {
	if !status.Usable {
		why := ""
		if status.Problem != "" {
			why = ": " + strings.TrimPrefix(status.Problem, "the sign-in has ended ")
		}
		hint := cmp.Or(e.hintFor(errors.New(status.Problem)), "git-credential-grant login "+e.about.origin().String())
		e.problem(hint, "the sign-in%s%s has ended%s", as(status.Account), in, why)
		return
	}
	e.fine("signed in%s%s", as(status.Account), in)
	if status.Problem != "" {
		e.remark("last time: %s", status.Problem)
	}
}

// checkServer looks at the OAuth client, whether its server is there, and at the clock.
func (e *examination) checkServer(ctx context.Context) {
	if e.noStore { // where a registered client may be
		return
	}
	f, err := e.session.finder().forge(ctx, e.about, e.provider)
	if errors.Is(err, errors.ErrUnsupported) {
		unknown := noServer(e.about.host())
		e.remark("%v, so git asks for a password there; if it has OAuth2, %s", unknown, e.hintFor(unknown))
		return
	}
	if err != nil {
		e.failed(err)
		return
	}
	client := f.client
	e.fine("the OAuth client is %s", client.ID)
	serverTime, err := client.Reach(ctx)
	if err != nil {
		e.problem(cmp.Or(e.hintFor(err), "curl -sSI "+client.Profile.AuthURL), "%s", err)
		return
	}
	e.fine("%s answers", client.Profile.AuthURL)
	if !serverTime.IsZero() {
		e.compareClocks(time.Since(serverTime))
	}
}

// compareClocks looks at how far the clock is ahead of the server's.
func (e *examination) compareClocks(ahead time.Duration) {
	if ahead.Abs() <= maxSkew {
		return
	}
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	by := strings.TrimSuffix(ahead.Abs().Round(time.Minute).String(), "0s")
	e.problem(setClock[runtime.GOOS], "the clock is %s that of %s by %s", way, e.about.host(), by)
}

// setClock is the command that has a system set its clock by the network.
var setClock = map[string]string{
	"linux":   "timedatectl set-ntp true",
	"darwin":  "sudo sntp -sS time.apple.com",
	"windows": "w32tm /resync",
	"freebsd": "ntpd -gq",
}

// checkBrowser looks how a person would sign in.
func (e *examination) checkBrowser(ctx context.Context) {
	asker := e.session.asker()
	asker.asking = always // settings that forbid to ask are no fault
	switch there := asker.meet(ctx); {
	case there == nil:
		e.remark("there is neither a browser nor a terminal here, so nobody can sign in from here")
	case there.browser == nil:
		e.remark("there is no browser here: the address to open is printed")
	default:
		e.fine("a browser can be opened")
	}
}
