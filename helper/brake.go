package helper

import (
	"errors"
	"slices"
	"strings"
	"time"

	"git-credential-grant/internal/secret"
)

// The brake. A server that refuses a token which was issued just now refuses this repository, and not this token: another
// new one is as good. git-lfs would ask for one without end, thousands a minute. So whoever has had two refused within a
// minute gets none for the rest of it. Everybody else does: the token stays, and other repositories of the host take it. A
// process that has it refused for one path after the other is ended too, before it has used up what all may have.

const (
	// quickRefusal is how soon after its issue a token counts as new, and how long a refusal is remembered.
	quickRefusal = time.Minute
	// quickRefusals is how many end it for one requester.
	quickRefusals = 2
	// processRefusals is how many end it for one process, for whichever paths they were.
	processRefusals = 6
	// maxRefusals is how many refusals a minute by all requesters together lead to a renewal.
	maxRefusals = 20
)

// ErrTokensRefused: the git server refuses whoever asks, for this repository, also the tokens that are issued now.
var ErrTokensRefused = errors.New("the server refuses here even the token that was issued just now")

// A Refusal is the git server's no to a token.
type Refusal struct {
	At time.Time `json:"at"`
	// By is whom it met; see [Helper.requester].
	By string `json:"by,omitempty"`
}

// refuse takes in that the git server has refused the present token to a requester. It reports whether the token is over:
// one that is new, and that the same requester has already had another instead of, is kept for the others.
func (s *SignIn) refuse(by string, now time.Time) (over bool) {
	quick := now.Sub(s.Issued) < quickRefusal
	s.Refusals = append(s.recentRefusals(now), Refusal{At: now, By: by})
	if quick && (s.braked(by, now) || len(s.Refusals) > maxRefusals) {
		return false
	}
	s.AccessToken = secret.String{}
	return true
}

// braked reports whether a requester is to get no token for now.
func (s *SignIn) braked(by string, now time.Time) bool {
	process, _, _ := strings.Cut(by, " ")
	same, ofProcess := 0, 0
	for _, refusal := range s.recentRefusals(now) {
		if refusal.By == by {
			same++
		}
		if strings.HasPrefix(refusal.By, process+" ") {
			ofProcess++
		}
	}
	return same >= quickRefusals || ofProcess >= processRefusals
}

func (s *SignIn) recentRefusals(now time.Time) []Refusal {
	return slices.DeleteFunc(slices.Clone(s.Refusals), func(refusal Refusal) bool {
		return now.Sub(refusal.At).Abs() >= quickRefusal
	})
}

// brakes reports whether the requester is to get no token of a sign-in for now. Who that is costs a while to find out, and
// matters only after a refusal.
func (h *Helper) brakes(signIn *SignIn, request *Credential) bool {
	return signIn != nil && len(signIn.recentRefusals(h.now())) >= quickRefusals && signIn.braked(h.requester(request), h.now())
}
