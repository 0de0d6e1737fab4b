package testforge

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// decision is the end of a form that somebody signs in with.
const decision = `<input type="hidden" name="session" value="{{.Session}}">
<p><label>Sign in as <select name="user">{{range .Users}}<option>{{.}}</option>{{end}}</select></label></p>
<button name="decision" value="grant">Grant access</button>
<button name="decision" value="cancel">Cancel</button>
</form>
`

var consentPage = template.Must(template.New("consent").Parse(`<!DOCTYPE html>
<title>Sign in</title>
<h1>{{.Client}} asks for access to your account</h1>
<p>It will be able to use: {{.Scopes}}</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="id" value="{{.ID}}">
` + decision))

var errorPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<title>Error</title>
<h1>{{.}}</h1>
<p>This integration is misconfigured. Contact the vendor for assistance.</p>
`))

const sessionCookie = "session"

// serveConsent is where the OAuth2 server sends the browser for the person's decision.
func (f *Forge) serveConsent(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	mode := f.Settings().Consent
	if user, ok := strings.CutPrefix(mode, "auto:"); ok {
		f.approve(w, r, id, user)
		return
	}
	if mode == "deny" {
		f.deny(w, r, id)
		return
	}
	request, err := f.storage.AuthRequestByID(r.Context(), id)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	session := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: session, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	consentPage.Execute(w, map[string]any{
		"Action":  consentPath,
		"Client":  request.GetClientID(),
		"Scopes":  strings.Join(withoutOffline(request.GetScopes()), " "),
		"ID":      id,
		"Session": session,
		"Users":   f.users,
	})
}

// serveDecision takes the form.
func (f *Forge) serveDecision(w http.ResponseWriter, r *http.Request) {
	switch user, ok := readDecision(w, r); {
	case !ok:
	case user == "":
		f.deny(w, r, r.PostFormValue("id"))
	default:
		f.approve(w, r, r.PostFormValue("id"), user)
	}
}

// readDecision returns who has agreed, "" for a no. It wants the cookie back, as a
// real forge does; without it, ok is false and the answer is given.
func readDecision(w http.ResponseWriter, r *http.Request) (user string, ok bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value != r.PostFormValue("session") {
		http.Error(w, "this form belongs to another session", http.StatusForbidden)
		return "", false
	}
	if r.PostFormValue("decision") != "grant" {
		return "", true
	}
	return r.PostFormValue("user"), true
}

func (f *Forge) approve(w http.ResponseWriter, r *http.Request, id, user string) {
	if !slices.Contains(f.users, user) {
		http.Error(w, "no such user", http.StatusBadRequest)
		return
	}
	if err := f.storage.approve(id, user); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, authorizePath+"/callback?"+url.Values{"id": {id}}.Encode(), http.StatusFound)
}

func (f *Forge) deny(w http.ResponseWriter, r *http.Request, id string) {
	request, err := f.storage.AuthRequestByID(r.Context(), id)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	op.AuthRequestError(w, r, request, oidc.ErrAccessDenied(), f.provider)
}
