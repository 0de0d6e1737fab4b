package flow

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/internal/printable"
)

// A Request is a kind of request, on which it depends what an error code means. Kinds can be joined by "|".
type Request uint8

const (
	ForCode       Request = 1 << iota // the authorization request, and the exchange of its code
	ForRefresh                        // a new token for a refresh token
	ForDevice                         // a device code, and each question whether it has been approved
	ForMint                           // a token by a grant that asks nobody
	ForRevocation                     // the end of a token
)

// A Meaning is what a server means by an error code.
type Meaning struct {
	// On are the kinds of request of which it is said, Status its HTTP status, and Says a part of error_description;
	// zero stands for any.
	On     Request
	Status int
	// Code is "error" of RFC 6749, section 5.2; upper and lower case are the same, as servers mix them up.
	Code, Says string
	// Is is one of the package's errors, nil if it is none of them.
	Is error
}

func (m Meaning) of(on Request, r *refusal) bool {
	return (m.On == 0 || m.On&on != 0) && (m.Status == 0 || m.Status == r.status) &&
		strings.EqualFold(m.Code, r.code) && strings.Contains(r.description, m.Says)
}

// errLater: the server wants to be asked again, and has decided nothing.
var errLater = errors.New("later")

// standard are the meanings that the standards give, and servers without a profile. [Profile.Errors] come before them.
var standard = []Meaning{
	// RFC 6749, sections 4.1.2.1 and 5.2.
	{Code: "invalid_client", Is: ErrClientRefused},
	{Code: "temporarily_unavailable", Is: errLater},
	{Code: "server_error", Is: errLater},
	{Code: "slow_down", Is: errLater}, // RFC 8628, section 3.5
	// Keycloak, of a wrong secret: https://github.com/Stirling-Tools/Stirling-PDF/issues/6567
	{Code: "unauthorized_client", Status: http.StatusUnauthorized, Is: ErrClientRefused},
	{On: ForRefresh, Code: "invalid_grant", Is: ErrGrantEnded},
	{On: ForCode | ForRevocation, Code: "unauthorized_client", Is: ErrClientRefused},
	{On: ForDevice | ForMint, Code: "unauthorized_client", Is: ErrGrantRefused},
	{On: ForDevice | ForMint, Code: "unsupported_grant_type", Is: ErrGrantRefused},
	{On: ForCode | ForDevice | ForMint, Code: "invalid_scope", Is: ErrScope},
	{On: ForCode | ForDevice, Code: "access_denied", Is: ErrDenied},
	// RFC 8628, section 3.5, and what others say in the place of the same. GitHub's documentation has the second name too
	// (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#error-codes-for-the-device-flow),
	// and Microsoft's has authorization_declined and bad_verification_code, of a code that the server does not know or no more
	// (https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code#expected-errors).
	{On: ForDevice, Code: "expired_token", Is: ErrTimeout},
	{On: ForDevice, Code: "token_expired", Is: ErrTimeout},
	{On: ForDevice, Code: "code_expired", Is: ErrTimeout},
	{On: ForDevice, Code: "bad_verification_code", Is: ErrTimeout},
	{On: ForDevice, Code: "authorization_declined", Is: ErrDenied},
	{On: ForDevice, Code: "device_flow_disabled", Is: ErrGrantRefused}, // GitHub
}

// A refusal is an answer that is not what was asked for. It is put into words by [Client.refused] alone.
type refusal struct {
	status            int
	code, description string
	// held are the secrets that the answer itself holds.
	held secrets
}

func (r *refusal) Error() string { return "refused" }

// refusal returns the refusal that an answer is, nil if it is none. GitHub sends errors with status 200; others say that
// there is none, by false or "".
func (r *reply) refusal() error {
	code, _ := r.members["error"].(string)
	if object, isObject := r.members["error"].(map[string]any); isObject {
		code = cmp.Or(members(object).text("type"), members(object).text("code"))
	}
	code = strings.TrimSpace(code)
	if code == "" && r.succeeded() {
		return nil
	}
	return &refusal{r.status, code, strings.Join(r.members.words("error_description"), " "), r.secrets()}
}

// lacks reports why an answer does not have a member for which it was asked, nil if it has.
func (r *reply) lacks(member string) error {
	if err := r.refusal(); err != nil {
		return err
	}
	if r.members.text(member) == "" {
		return errNonsense
	}
	return nil
}

// secrets are those that an answer holds, be it an error: whatever is called a token, a code for a device or a secret, at any
// depth.
func (r *reply) secrets() (s secrets) {
	var collect func(name string, member any)
	collect = func(name string, member any) {
		switch member := member.(type) {
		case string:
			spelt, _ := spell(name)
			if spelt != "tokentype" && (strings.Contains(spelt, "token") || strings.Contains(spelt, "secret") || spelt == "devicecode") {
				s = append(s, newSecrets(strings.TrimSpace(member))...)
			}
		case map[string]any:
			for name, inner := range member {
				collect(name, inner)
			}
		case []any:
			for _, inner := range member {
				collect(name, inner)
			}
		}
	}
	collect("", map[string]any(r.members))
	return s
}

// busy reports whether a server is overloaded or broken. Then it has not decided anything, whatever code it sends along.
func (r *refusal) busy() bool {
	later := []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}
	return r.status >= http.StatusInternalServerError || slices.Contains(later, r.status)
}

// ofClient reports whether a refusal is about the client, in words that only some servers have: RFC 6749 has invalid_client for
// it. unauthorized_client alone is not enough on a refresh, since Gitea says it of the token.
func (r *refusal) ofClient() bool {
	code, _ := spell(r.code)
	description := strings.ToLower(r.description)
	if strings.Contains(code, "client") && code != "unauthorizedclient" || code == "orginternal" {
		return true
	}
	if strings.Contains(description, "refresh") {
		return false
	}
	return slices.ContainsFunc(wordsOfClient, func(words string) bool { return strings.Contains(description, words) })
}

// wordsOfClient are what servers say of a wrong client beside an error code that says something else: Keycloak, Gitea, Auth0,
// Spring and Entra (https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes).
var wordsOfClient = []string{
	"client secret", "client_secret", "client authentication", "client credentials", "client id", "client_id", "bad credentials",
	"aadsts700016", "aadsts7000215", "aadsts7000222", "application with identifier",
}

// asksForPatience reports whether a refusal says "later" in an error code of its own, as Salesforce and Slack do.
func (r *refusal) asksForPatience() bool {
	code, _ := spell(r.code)
	return strings.Contains(code, "ratelimit") || strings.Contains(code, "toomanyrequests") || strings.Contains(code, "throttl") ||
		code == "unknownerror"
}

// isCode reports whether the error is a code, and no text that a web server has for a status, as Spring sends it in JSON.
func (r *refusal) isCode() bool {
	return r.code != "" && !strings.Contains(r.code, " ") && !isStatusText(r.code)
}

// known returns what a refusal means by the profile or the standards, as far as these know its code.
func (c *Client) known(on Request, r *refusal) (is error, known bool) {
	for _, meaning := range slices.Concat(c.Profile.Errors, standard) {
		if r.code != "" && meaning.of(on, r) {
			return meaning.Is, true
		}
	}
	return nil, false
}

// meaning returns what a refusal means. That of a refresh is the end of the sign-in, whatever it is called: servers say
// invalid_request of a refresh token that has ended, or words of their own, or nothing.
func (c *Client) meaning(on Request, r *refusal) error {
	is, known := c.known(on, r)
	unauthorized := r.status == http.StatusUnauthorized
	elsewhere := r.status/100 == 3 || !r.isCode() && !unauthorized && r.status != http.StatusBadRequest
	switch {
	case elsewhere && on != ForRevocation:
		return ErrInTheWay
	case known:
		return is
	case r.asksForPatience():
		return errLater
	case on != ForRevocation && r.ofClient():
		return ErrClientRefused
	case on == ForRefresh:
		return ErrGrantEnded
	case on == ForCode && strings.EqualFold(r.code, "invalid_grant"):
		return ErrCodeRefused
	case unauthorized && r.code == "":
		return ErrClientRefused
	}
	return nil
}

// refused puts a refusal into words: which server, what it said, and no secret of the run.
func (c *Client) refused(r *refusal, endpoint string, meaning error, sent secrets) error {
	host := hostOf(endpoint)
	hidden := slices.Concat(sent, r.held)
	words := printable.Short(hidden.cut(r.code) + " " + hidden.cut(r.description))
	if words == "" {
		words = fmt.Sprintf("status %d", r.status)
	}
	switch {
	case r.busy():
		return fmt.Errorf("%s answered with status %d", host, r.status)
	case meaning == nil || meaning == errLater:
		return fmt.Errorf("%s answered: %s", host, words)
	case meaning == ErrClientRefused && r.status != 0 && c.encodesHeader(): // not in the browser
		return fmt.Errorf("%w (%s answered: %s), or %w", meaning, host, words, ErrHeaderEncoded)
	}
	return fmt.Errorf("%w (%s answered: %s)", meaning, host, words)
}

// encodesHeader reports whether the client authenticates in the header, by an id or secret that are written otherwise
// there.
func (c *Client) encodesHeader() bool {
	both := c.ID + c.Secret.Reveal()
	return c.Grant != GrantJWT && c.authStyle() == oauth2.AuthStyleInHeader && url.QueryEscape(both) != both
}
