package testforge

import (
	"context"
	"crypto/rand"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The device grant (RFC 8628), which Bitbucket Cloud does not have.
const (
	devicePath     = "/site/oauth2/device"
	verifyPath     = "/site/oauth2/verify"
	verifyDonePath = "/site/oauth2/verify/done"
)

// deviceConfig has the library make codes that live for five minutes. Clients
// may poll each second.
var deviceConfig = op.DeviceAuthorizationConfig{
	Lifetime:     5 * time.Minute,
	PollInterval: time.Second,
	UserFormPath: verifyPath,
	UserCode:     op.UserCodeBase20,
}

var verifyPage = template.Must(template.New("verify").Parse(`<!DOCTYPE html>
<title>Sign in on a device</title>
<h1>A device asks for access to your account</h1>
<p>Make sure that it shows the code {{.Code}}.</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="user_code" value="{{.Code}}">
` + decision))

// deviceRequest is a sign-in that a device waits for.
type deviceRequest struct {
	*grant
	userCode string
	state    *op.DeviceAuthorizationState // never changed, but replaced: the library may have it
}

var _ op.DeviceAuthorizationStorage = (*storage)(nil)

// StoreDeviceAuthorization begins a sign-in on a device.
func (s *storage) StoreDeviceAuthorization(
	_ context.Context, clientID, deviceCode, userCode string, expires time.Time, scopes []string,
) error {
	if err := checkScopes(scopes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[deviceCode] = &deviceRequest{
		grant:    &grant{clientID: clientID, scopes: slices.Clone(scopes), began: time.Now()},
		userCode: userCode,
		state: &op.DeviceAuthorizationState{
			ClientID: clientID,
			Audience: []string{clientID},
			Scopes:   append(slices.Clone(scopes), oidc.ScopeOfflineAccess),
			Expires:  expires,
		},
	}
	return nil
}

// GetDeviceAuthorizatonState says whether the person has decided.
func (s *storage) GetDeviceAuthorizatonState(_ context.Context, clientID, deviceCode string) (*op.DeviceAuthorizationState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.devices[deviceCode]
	if !ok || request.clientID != clientID || request.exchanged {
		return nil, errors.New("unknown device_code")
	}
	return request.state, nil
}

// authenticateDevice checks the consumer's secret in place of the library, to
// which every native application is a public client in this grant.
func (s *storage) authenticateDevice(r *http.Request) bool {
	id, secret, _ := r.BasicAuth()
	if r.PostForm.Has("client_secret") {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	r.Header.Del("Authorization")
	r.Form.Set("client_id", id)
	return s.AuthorizeClientIDSecret(r.Context(), id, secret) == nil
}

// decide ends the sign-in of a user code: with a user, or with none, who refuses.
func (s *storage) decide(userCode, user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.devices {
		if request.userCode == userCode && !request.state.Done && !request.state.Denied {
			state := *request.state
			state.Subject, state.Done, state.Denied = user, user != "", user == ""
			request.user, request.state = user, &state
			return nil
		}
	}
	return errors.New("unknown user_code")
}

// deviceGrant finds the sign-in that an answer to a device belongs to.
func (s *storage) deviceGrant(state *op.DeviceAuthorizationState) (*grant, error) {
	for _, request := range s.devices {
		if request.state == state {
			return request.grant, nil
		}
	}
	return nil, errors.New("unknown device_code")
}

// serveVerify is the page where the person enters the code, or arrives with it.
func (f *Forge) serveVerify(w http.ResponseWriter, r *http.Request) {
	mode := f.Settings().Consent
	if user, ok := strings.CutPrefix(mode, "auto:"); ok {
		f.decide(w, r, user)
		return
	}
	if mode == "deny" {
		f.decide(w, r, "")
		return
	}
	session := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: session, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	verifyPage.Execute(w, map[string]any{
		"Action":  verifyPath,
		"Code":    r.FormValue("user_code"),
		"Session": session,
		"Users":   f.users,
	})
}

// serveVerified takes the form.
func (f *Forge) serveVerified(w http.ResponseWriter, r *http.Request) {
	if user, ok := readDecision(w, r); ok {
		f.decide(w, r, user)
	}
}

func (f *Forge) decide(w http.ResponseWriter, r *http.Request, user string) {
	if user != "" && !slices.Contains(f.users, user) {
		http.Error(w, "no such user", http.StatusBadRequest)
		return
	}
	if err := f.storage.decide(r.FormValue("user_code"), user); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, verifyDonePath, http.StatusSeeOther)
}

func (f *Forge) serveVerifyDone(w http.ResponseWriter, _ *http.Request) {
	w.Write([]byte("<!DOCTYPE html>\n<title>Done</title>\n<h1>You can go back to your device</h1>\n"))
}
