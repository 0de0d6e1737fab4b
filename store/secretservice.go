package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// The Secret Service: https://specifications.freedesktop.org/secret-service/latest/
const (
	serviceName     = "org.freedesktop.secrets"
	servicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	serviceIface    = "org.freedesktop.Secret.Service."
	collectionIface = "org.freedesktop.Secret.Collection."
	itemIface       = "org.freedesktop.Secret.Item."
	promptIface     = "org.freedesktop.Secret.Prompt"
	noObject        = dbus.ObjectPath("/")
)

var (
	reading = patience{alone: time.Second, attended: 5 * time.Second}
	// Writing follows a reading that was answered, so the service is alive;
	// giving up early would lose a token that cannot be had again.
	writing = patience{alone: 5 * time.Second, attended: 5 * time.Second}
)

// secretService keeps items in the default collection, laid out as libsecret
// does, so that its tools find them.
type secretService struct {
	interactive func() bool
	promptLimit time.Duration // for a person to type a password
	user        user          // whose keyring it is

	mu      sync.Mutex
	session *session // nil until needed
}

func newSecretService(s *Store) *secretService {
	return &secretService{interactive: s.opts.Interactive, promptLimit: time.Minute, user: s.opts.directory().owner()}
}

// everything is what all our items have.
var everything = map[string]string{"xdg:schema": application, "application": application}

// attributes are what an item is searched by.
func attributes(it item) map[string]string {
	return map[string]string{
		"xdg:schema":  application,
		"application": application,
		"name":        it.name,
	}
}

// reach makes sure that there is a service to talk to.
func (s *secretService) reach(ctx context.Context) error {
	return s.attempt(ctx, reading, func(context.Context, *session) error { return nil })
}

func (s *secretService) get(ctx context.Context, it item) ([]byte, error) {
	var got secret
	err := s.do(ctx, reading, func(ctx context.Context, on *session) error {
		paths, err := on.search(ctx, attributes(it))
		if err != nil {
			return err
		}
		path, err := within(ctx, on.opened)
		if err != nil {
			return err
		}
		err = on.call(ctx, paths[0], itemIface+"GetSecret", path).Store(&got)
		return on.orPrompt(noObject, err)
	})
	return got.Value, err
}

func (s *secretService) set(ctx context.Context, it item, value []byte) error {
	return s.do(ctx, writing, func(ctx context.Context, on *session) error {
		if on.collection == noObject {
			return on.needsCollection()
		}
		properties := map[string]dbus.Variant{
			itemIface + "Label":      dbus.MakeVariant(it.label),
			itemIface + "Attributes": dbus.MakeVariant(attributes(it)),
		}
		secret, err := on.secret(ctx, value)
		if err != nil {
			return err
		}
		var path, prompt dbus.ObjectPath
		err = on.call(ctx, on.collection, collectionIface+"CreateItem",
			properties, secret, true).Store(&path, &prompt)
		return on.orPrompt(prompt, err)
	})
}

func (s *secretService) remove(ctx context.Context, it item) error {
	return s.do(ctx, writing, func(ctx context.Context, on *session) error {
		paths, err := on.search(ctx, attributes(it))
		if err != nil {
			return err
		}
		for _, path := range paths {
			var prompt dbus.ObjectPath
			err := on.call(ctx, path, itemIface+"Delete").Store(&prompt)
			if err := on.orPrompt(prompt, err); err != nil {
				return err
			}
		}
		return nil
	})
}

type operation func(context.Context, *session) error

// do carries op out, after having a person unlock what it needs.
func (s *secretService) do(ctx context.Context, p patience, op operation) error {
	for asked := 0; ; asked++ {
		err := s.attempt(ctx, p, op)
		var b *blocked
		switch {
		case !errors.As(err, &b):
			return err
		case asked == 2:
			return b.reason
		case !s.interactive() && !s.asksNobody(ctx, b):
			return fmt.Errorf("%w, and nobody is there to be asked", b.reason)
		}
		if err := s.unblock(ctx, b); err != nil {
			return err
		}
	}
}

// attempt carries op out within the limits of p, and once more if the service
// has been restarted meanwhile.
func (s *secretService) attempt(ctx context.Context, p patience, op operation) error {
	ctx, cancel := p.limit(ctx, s.interactive)
	defer cancel()
	err := s.inSession(ctx, op)
	if isStale(err) {
		s.closeSession()
		err = s.inSession(ctx, op)
	}
	return plain(ctx, err)
}

func (s *secretService) inSession(ctx context.Context, op operation) error {
	on, err := s.openSession(ctx)
	if err != nil {
		return err
	}
	return op(ctx, on)
}

func (s *secretService) openSession(ctx context.Context) (on *session, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		s.session, err = openSession(ctx, s.user)
	}
	return s.session, err
}

func (s *secretService) closeSession() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		s.session.bus.Close()
		s.session = nil
	}
}

// isStale reports whether the service, our session in it, or an item just
// found is gone.
func isStale(err error) bool {
	return errors.Is(err, dbus.ErrClosed) || notRunning(err) || isBusError(err,
		"org.freedesktop.DBus.Error.NoReply",
		"org.freedesktop.DBus.Error.UnknownMethod",
		"org.freedesktop.DBus.Error.UnknownObject",
		"org.freedesktop.Secret.Error.NoSession",
		"org.freedesktop.Secret.Error.NoSuchObject")
}

// keys reads the labels. A person can change those; one that has been changed
// names no item, and is left out.
func (s *secretService) keys(ctx context.Context) (keys []string, err error) {
	err = s.do(ctx, reading, func(ctx context.Context, on *session) error {
		paths, err := on.search(ctx, everything)
		if err != nil {
			return err
		}
		keys = nil
		for _, path := range paths {
			key, err := on.keyOf(ctx, path)
			if err != nil {
				return err
			}
			keys = append(keys, key...)
		}
		return nil
	})
	if err == fs.ErrNotExist {
		return nil, nil
	}
	return keys, err
}
