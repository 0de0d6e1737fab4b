package command

import (
	"cmp"
	"context"
	"strings"
	"sync"

	"git-credential-grant/gitconfig"
)

// settings reads those of git config, each URL's once, when they are first needed: by whichever goroutine that is, since
// the keyring may have to know whether a person is there while it is being waited for.
type settings struct {
	git   gitconfig.Git
	trace func(format string, args ...any)

	mu   sync.Mutex
	read map[string]gitconfig.Settings
}

// of returns the settings of a URL.
func (s *settings) of(ctx context.Context, url string) (gitconfig.Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.read[url]; ok {
		return known, nil
	}
	read, err := s.git.Settings(ctx, url)
	if err != nil {
		return read, err
	}
	s.trace("git config sets %s", cmp.Or(strings.Join(read.Set(), ", "), "nothing"))
	if s.read == nil {
		s.read = map[string]gitconfig.Settings{}
	}
	s.read[url] = read
	return read, nil
}
