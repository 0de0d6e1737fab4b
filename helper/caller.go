package helper

import (
	"strconv"
	"strings"
)

// A Caller is on whose behalf git asks.
type Caller struct {
	// Process is the one that talks to the git server: git-remote-https, or git-lfs. "" if the system does not tell.
	Process string
	// Command is the git command that was typed, of which the process is a part. "" if the system does not tell.
	Command string
}

func (h *Helper) caller() Caller {
	if h.Caller == nil {
		return Caller{}
	}
	return h.Caller()
}

// requester names who asks, up to the first space, and for which path, as far as that is known: what has a token refused there
// says nothing of others.
func (h *Helper) requester(request *Credential) string {
	process := h.caller().Process
	if process == "" {
		process = "job-" + strconv.Itoa(h.Job)
	}
	return strings.ReplaceAll(process, " ", "-") + " " + request.Attributes.Get("path")
}
