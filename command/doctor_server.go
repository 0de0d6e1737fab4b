package command

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"runtime"
	"strings"
	"time"

	"git-credential-grant/flow"
)

// maxSkew is how wrong the clock may be before tokens seem to live longer than they do.
const maxSkew = 2 * time.Minute

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
	e.forge = f
	client := f.client
	e.fine("the OAuth client is %s", client.ID)
	if !client.Grant.Unattended() && client.Grant != flow.GrantDevice {
		e.checkRedirect(client)
	}
	serverTime, err := client.Reach(ctx)
	switch {
	case errors.Is(err, flow.ErrPageRefuses):
		e.problem("git-credential-grant register "+e.about.origin().String(),
			"%v: either it is another client, or it lacks the callback URL %s", err, callback(client))
		e.compareClocks(serverTime)
		return
	case err != nil:
		e.failed(err)
		return
	}
	e.fine("%s answers", client.Profile.AuthURL)
	e.compareClocks(serverTime)
}

// checkRedirect says where the browser comes back to, which the forge has to know, and looks whether it can.
func (e *examination) checkRedirect(client *flow.Client) {
	if client.ID != client.Profile.ClientID {
		e.fine("the callback URL to have there is %s", callback(client))
	}
	err := client.CheckPort()
	if err == nil {
		return
	}
	setting := "git config --global credential." + e.about.origin().String() + ".oauthRedirectURL "
	e.problem("end that program, or have another callback URL there and name it: "+setting+another(client.Profile.RedirectURL), "%v", err)
}

// callback is the callback URL that the OAuth client has to have at the forge.
func callback(client *flow.Client) string {
	return cmp.Or(client.Profile.RedirectURL, "http://127.0.0.1, with any port")
}

// another is a redirect URI with a port that is free now.
func another(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return "http://127.0.0.1"
	}
	if listener, err := net.Listen("tcp", net.JoinHostPort(u.Hostname(), "0")); err == nil {
		defer listener.Close()
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u.String()
}

// compareClocks looks at how far the clock is ahead of the server's. The zero time is that of a server that does not tell.
func (e *examination) compareClocks(serverTime time.Time) {
	ahead := time.Since(serverTime)
	if serverTime.IsZero() || ahead.Abs() <= maxSkew {
		return
	}
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	by := strings.TrimSuffix(ahead.Abs().Round(time.Minute).String(), "0s")
	e.problem(cmp.Or(setClock[runtime.GOOS], "set it, and look: date"), "the clock is %s that of %s by %s", way, e.about.host(), by)
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
