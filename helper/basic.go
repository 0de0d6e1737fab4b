package helper

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// asBasic returns an answer of user name and password in the form that names its scheme, where the caller knows that and the
// server offers a scheme which curl prefers to Basic: given a user name and a password, curl tries that one, and may never
// send them (CURLOPT_HTTPAUTH; http.emptyAuth in git-config(1)).
func (c *Credential) asBasic(request *Credential) *Credential {
	preferred := func(scheme string) bool { return offers(request.WWWAuth, scheme) }
	if !request.can(capabilityAuthType) || !preferred("Basic") || !slices.ContainsFunc([]string{"Negotiate", "NTLM", "Digest"}, preferred) {
		return c
	}
	basic := *c
	basic.Attributes = maps.Clone(c.Attributes)
	username, password := basic.Attributes.Get("username"), basic.Attributes.Get("password")
	delete(basic.Attributes, "username")
	delete(basic.Attributes, "password")
	basic.Attributes.Set("authtype", "Basic")
	basic.Attributes.Set("credential", base64.StdEncoding.EncodeToString([]byte(username+":"+password)))
	basic.Capabilities = append(slices.Clone(c.Capabilities), capabilityAuthType)
	return &basic
}

// withoutBasic is the way back: what git's store and erase say of an answer in that form.
func (c *Credential) withoutBasic() *Credential {
	pair, err := base64.StdEncoding.DecodeString(c.Attributes.Get("credential"))
	username, password, isPair := strings.Cut(string(pair), ":")
	if !strings.EqualFold(c.Attributes.Get("authtype"), "Basic") || err != nil || !isPair {
		return c
	}
	plain := *c
	plain.Attributes = maps.Clone(c.Attributes)
	delete(plain.Attributes, "authtype")
	delete(plain.Attributes, "credential")
	plain.Attributes.Set("username", username)
	plain.Attributes.Set("password", password)
	return &plain
}
