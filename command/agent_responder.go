package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/urfave/cli/v2"

	"git-credential-grant/agent"
	"git-credential-grant/helper"
)

// A responder is what an agent answers with: the sign-ins of this machine.
type responder struct {
	agent    *agent.Agent
	voice    *voice
	sessions map[string]*session // by origin
	given    bool
	confirm  *confirmation // nil: the person is not asked
	log      io.Writer
	// answering is held by whoever is being answered, and by close for good.
	answering sync.RWMutex
}

// newResponder joins an agent with a session for each origin. The agent ends with ctx.
func (p *program) newResponder(ctx context.Context, c *cli.Context, o *agentOptions, socket string) (*responder, error) {
	r := &responder{voice: p.voice, sessions: map[string]*session{}, given: o.given, log: p.voice.stderr}
	r.agent = &agent.Agent{Name: o.name(socket), Allow: o.allow, Users: o.users, Answer: r.answer, Log: r.writeEntry}
	for _, rule := range o.allow {
		s, err := p.sessionAbout(c, rule.Origin(), asSet)
		if err != nil {
			return nil, err
		}
		r.sessions[rule.Origin()] = s
		if o.confirm {
			ask := func(question string) bool { return s.asker().allow(ctx, question) }
			r.confirm = &confirmation{ask: ask, turn: make(chan bool, 1), decided: map[string]decision{}}
		}
	}
	if o.log == "" {
		return r, nil
	}
	file, err := os.OpenFile(o.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	r.log = file
	return r, nil
}

// close waits for the answers that are under way: a new refresh token may be, too, and the keyring has to have it. No other begins.
func (r *responder) close() {
	r.answering.Lock()
	if r.confirm != nil {
		r.confirm.close()
	}
	if file, ok := r.log.(io.Closer); ok {
		file.Close()
	}
}

// writeEntry is [agent.Agent.Log].
func (r *responder) writeEntry(entry agent.Entry) error {
	_, err := io.WriteString(r.log, entry.String()+"\n")
	return err
}

// answer is [agent.Agent.Answer]: what the helper says here. What goes wrong is said here too.
func (r *responder) answer(ctx context.Context, request *agent.Request) (answer []byte, err error) {
	r.answering.RLock()
	defer r.answering.RUnlock()
	credential, err := helper.Read(bytes.NewReader(request.Text()))
	if err != nil {
		return nil, err
	}
	s := r.sessions[request.Origin].forAgent(r.agent.Name, credential)
	defer func() {
		if err != nil {
			s.complain(fmt.Errorf("%s asks for %s: %w", r.agent.Name, s.about.host(), err))
		}
	}()
	if r.confirm != nil && !r.confirm.allows(ctx, r.agent.Name, s.about.host()) {
		return nil, agent.ErrDenied
	}
	var text bytes.Buffer
	err = guarded(func() error { return s.answerAgent(ctx, request.Verb, r.given, &text) })
	return text.Bytes(), err
}

// answerAgent writes what git is told.
func (s *session) answerAgent(ctx context.Context, verb string, given bool, to io.Writer) error {
	h := s.helper()
	h.SignInsOnly = !given
	h.Job, h.AtTerminal = 0, nil
	h.Caller = func() helper.Caller { return helper.Caller{Process: "agent " + s.asks} }
	if verb == "erase" {
		return h.Erase(ctx, s.about.request)
	}
	answer, err := h.Get(ctx, s.about.request)
	s.voice.trace("answering %s with %s", s.asks, describe(answer))
	if answer != nil {
		err = errors.Join(err, answer.Write(to))
	}
	return err
}

// forAgent is the session about one request that came through an agent. It shares the keyring's connection with the others, and
// nothing else: what has changed meanwhile is seen.
func (s *session) forAgent(name string, request *helper.Credential) *session {
	other := s.anew()
	other.about = subject{request: request}
	other.failure = new(error)
	other.asks = name
	return other
}
