package command

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/helper"
)

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
			e.checkSignIn(one.Status, on.in())
		}
		if e.provider == "" {
			e.provider, err = on.helper.Provider(ctx, e.about.request)
		}
		return err
	})
	if e.noStore = err != nil; e.noStore {
		e.failed(err)
	} else if nobody {
		e.remark("nobody is signed in to %s; the next git command asks, or: git-credential-grant login %s",
			e.about.host(), e.about.origin())
	}
}

func (e *examination) checkSignIn(status helper.Status, in string) {
	if !status.Usable {
		why := ""
		if status.Problem != "" {
			why = ": " + strings.TrimPrefix(status.Problem, "the sign-in has ended ")
		}
		hint := "git-credential-grant login " + e.named(status.Account).String()
		if first, known := knownHint(e.about.concerning(helper.Noted(status.Problem))); known && first != "" {
			hint = first + "; then: " + hint
		}
		e.problem(hint, "the sign-in%s%s has ended%s", as(status.Account), in, why)
		return
	}
	e.signIns = append(e.signIns, status)
	e.fine("signed in%s%s", as(status.Account), in)
	if status.Problem != "" {
		e.remark("last time: %s", status.Problem)
	}
}

// trySignIns shows each token to the forge, and says whose it is. A token that has run out is renewed first, as for git.
func (e *examination) trySignIns(ctx context.Context) {
	for _, status := range e.signIns {
		if e.forge == nil || ctx.Err() != nil {
			return
		}
		e.trySignIn(ctx, status)
	}
}

func (e *examination) trySignIn(ctx context.Context, status helper.Status) {
	login := "git-credential-grant login " + e.named(status.Account).String()
	token, _, err := e.sessionOf(status.Account).helper().Token(ctx, e.named(status.Account).request)
	if err != nil {
		hint, _ := knownHint(e.about.concerning(err))
		e.problem(cmp.Or(hint, login), "the sign-in%s gives no token: %v", as(status.Account), err)
		return
	}
	client := e.forge.client
	who, err := client.Account(ctx, &oauth2.Token{AccessToken: token})
	switch {
	case errors.Is(err, flow.ErrUnauthorized):
		e.problem(login, "%s refuses the token%s: %v", e.about.host(), as(status.Account), err)
	case err != nil:
		e.remark("whose the token%s is could not be asked: %v", as(status.Account), err)
	case who == "":
		e.remark("%s does not tell whose a token is; git tries it with: git-credential-grant doctor --online %s/OWNER/REPOSITORY.git",
			e.about.host(), e.about.origin())
	case status.Account != "" && !strings.EqualFold(who, status.Account):
		e.problem("git-credential-grant login "+e.named(who).String(), "the token of the sign-in%s is %s's", as(status.Account), who)
	default:
		e.fine("%s takes the token: it is %s's", e.about.host(), who)
	}
}

// named is the subject with an account in it.
func (e *examination) named(account string) subject {
	about := e.about
	if account != "" {
		request := *about.request
		request.Attributes = maps.Clone(request.Attributes)
		request.Attributes.Set("username", account)
		about.request, about.typed = &request, true
	}
	return about
}

// sessionOf is the session about an account. It asks nobody.
func (e *examination) sessionOf(account string) *session {
	s := e.session.at(e.named(account))
	s.asking = never
	return s
}

// tryGit has git itself look at the repository that the URL names.
func (e *examination) tryGit(ctx context.Context) {
	if e.about.path == "" {
		return
	}
	repository := e.about.String() + e.about.path
	if err := e.git.Reach(ctx, repository, "credential.interactive=false"); err != nil {
		e.problem("see each step: GIT_CREDENTIAL_GRANT_TRACE=1 git ls-remote "+repository,
			"git does not get in to %s: %s", repository, strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	e.fine("git gets in to %s", repository)
}
