package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"git-credential-grant/agent"
	"git-credential-grant/helper"
)

const (
	// agentPatience is how much longer than a sign-in an answer of an agent may take.
	agentPatience = 30 * time.Second
	// slowAgent is how long git waits for an agent before it is said why. A renewal takes less, also on a busy machine.
	slowAgent = 5 * time.Second
)

// errElsewhere: the sign-ins are where the agent runs, and nowhere here.
var errElsewhere = errors.New("with --via the sign-ins are where the agent runs")

// askAgent answers git with what the agent says. Nothing is kept here, so what git wants stored is left to that too.
func (p *program) askAgent(ctx context.Context, verb string, request *helper.Credential) error {
	if verb == "store" || request.Origin == (helper.Origin{}) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout+agentPatience)
	defer cancel()
	slow := time.AfterFunc(slowAgent, func() {
		p.voice.tell("waiting for the agent at " + p.options.via + ", which may be asking for a sign-in where it runs")
	})
	defer slow.Stop()
	var text bytes.Buffer
	if err := request.Write(&text); err != nil {
		return err
	}
	answer, err := agent.Ask(ctx, p.options.via, verb, text.Bytes())
	p.voice.trace("the agent at %s has answered with %d bytes", p.options.via, len(answer))
	if verb == "get" {
		if _, unwritten := p.voice.stdout.Write(answer); unwritten != nil {
			return unwritten
		}
	}
	return err
}

// here fails for what is not done where an agent is asked.
func (o options) here() error {
	if o.via != "" {
		return fmt.Errorf("%w, at the other end of %s", errElsewhere, o.via)
	}
	return nil
}

// checkAgent asks the agent what it can, which says whether there is one.
func (e *examination) checkAgent(ctx context.Context) {
	via := e.session.options.via
	if _, err := agent.Ask(ctx, via, "capability", nil); err != nil {
		e.failed(err)
		return
	}
	e.fine("the agent at %s answers; the sign-ins are where it runs", via)
}
