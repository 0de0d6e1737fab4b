package store

import (
	"context"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// blocked is the error of an operation that has to wait for a person.
type blocked struct {
	reason error
	on     *session
	// begin asks for what is needed, and returns the prompt to show for it, or
	// "/" if none is needed.
	begin func(context.Context) (prompt dbus.ObjectPath, err error)
}

func (b *blocked) Error() string { return b.reason.Error() }
func (b *blocked) Unwrap() error { return b.reason }

func (on *session) needsUnlocking(paths ...dbus.ObjectPath) error {
	return &blocked{ErrLocked, on, func(ctx context.Context) (prompt dbus.ObjectPath, err error) {
		var unlocked []dbus.ObjectPath
		err = on.call(ctx, servicePath, serviceIface+"Unlock", paths).Store(&unlocked, &prompt)
		return prompt, err
	}}
}

// needsCollection is for a keyring without a default collection. The new one
// has the name that gnome-keyring and libsecret give to theirs.
func (on *session) needsCollection() error {
	reason := fmt.Errorf("%w: it has no default collection", ErrUnavailable)
	return &blocked{reason, on, func(ctx context.Context) (prompt dbus.ObjectPath, err error) {
		var collection dbus.ObjectPath
		properties := map[string]dbus.Variant{collectionIface + "Label": dbus.MakeVariant("Login")}
		err = on.call(ctx, servicePath, serviceIface+"CreateCollection", properties, "default").
			Store(&collection, &prompt)
		return prompt, err
	}}
}

// orPrompt takes the answer of a call that may have to be prompted for.
func (on *session) orPrompt(prompt dbus.ObjectPath, err error) error {
	switch {
	case isBusError(err, "org.freedesktop.Secret.Error.IsLocked"):
		return on.needsUnlocking(on.collection)
	case err != nil || prompt == noObject:
		return err
	}
	return &blocked{ErrLocked, on, func(context.Context) (dbus.ObjectPath, error) { return prompt, nil }}
}

// unblock has the person do what is needed, and waits for it.
func (s *secretService) unblock(ctx context.Context, b *blocked) error {
	prompt, err := s.begin(ctx, b)
	if err == nil && prompt != noObject {
		err = b.on.prompt(ctx, prompt, s.promptLimit)
	}
	if err != nil {
		return err
	}
	limited, cancel := writing.limit(ctx, s.interactive)
	defer cancel()
	return plain(limited, b.on.readAlias(limited))
}

// asksNobody reports whether the prompt that b waits for will show nothing. KDE's wallet calls itself locked until the
// first prompt of its life, also where it was opened by the person's log-in:
// https://invent.kde.org/frameworks/kwallet/-/blob/v5.103.0/src/runtime/kwalletd/kwalletfreedesktopcollection.cpp
func (s *secretService) asksNobody(ctx context.Context, b *blocked) bool {
	ctx, cancel := reading.limit(ctx, s.interactive)
	defer cancel()
	var name dbus.Variant
	var isOpen bool
	err := b.on.call(ctx, b.on.collection, "org.freedesktop.DBus.Properties.Get",
		"org.freedesktop.Secret.Collection", "Label").Store(&name)
	if err == nil {
		err = b.on.call(ctx, "/modules/kwalletd5", "org.kde.KWallet.isOpen", name.Value()).Store(&isOpen)
	}
	return err == nil && isOpen
}

func (s *secretService) begin(ctx context.Context, b *blocked) (dbus.ObjectPath, error) {
	ctx, cancel := writing.limit(ctx, s.interactive)
	defer cancel()
	prompt, err := b.begin(ctx)
	return prompt, plain(ctx, err)
}

// prompt shows a prompt, and waits until the person has answered it.
func (on *session) prompt(ctx context.Context, path dbus.ObjectPath, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	signals := make(chan *dbus.Signal, 8)
	on.bus.Signal(signals)
	defer on.bus.RemoveSignal(signals)
	err := on.bus.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(path),
		dbus.WithMatchInterface(promptIface), dbus.WithMatchMember("Completed"))
	if err == nil {
		err = on.call(ctx, path, promptIface+".Prompt", "").Err
	}
	if err == nil {
		err = awaitCompleted(ctx, signals, path)
	}
	if ctx.Err() != nil {
		// ctx is over, but the window of the prompt must not stay.
		on.bus.Object(serviceName, path).Go(promptIface+".Dismiss", dbus.FlagNoReplyExpected|dbus.FlagNoAutoStart, nil)
		return fmt.Errorf("%w: its prompt: %w", ErrLocked, context.Cause(ctx))
	}
	return plain(ctx, err)
}

// awaitCompleted waits for the signal with which the prompt at path ends.
func awaitCompleted(ctx context.Context, signals <-chan *dbus.Signal, path dbus.ObjectPath) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case signal, open := <-signals:
			if !open {
				return dbus.ErrClosed
			}
			if signal.Path != path || signal.Name != promptIface+".Completed" {
				continue
			}
			if len(signal.Body) == 0 || signal.Body[0] != false {
				return fmt.Errorf("%w: its prompt was dismissed", ErrLocked)
			}
			return nil
		}
	}
}
