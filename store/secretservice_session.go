package store

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// session is an open conversation with the Secret Service.
type session struct {
	bus        *connection
	collection dbus.ObjectPath // the default one, "/" if there is none
	// opened waits for the session to be open, and returns its path.
	opened func() (dbus.ObjectPath, error)
}

// secret is the Secret struct of the specification.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// openSession connects, and starts the service if it has to.
func openSession(ctx context.Context, as user) (*session, error) {
	bus, err := dialBus(ctx, as)
	if err != nil {
		return nil, err
	}
	on := &session{bus: bus}
	if err := on.greet(ctx); err != nil {
		err = bus.blame(ctx, err)
		bus.Close()
		return nil, err
	}
	return on, nil
}

// greet makes the first calls. gnome-keyring, from 42 to 50, may carry out the
// first call of a client before it knows the client, and aborts if that is
// OpenSession (https://bugs.launchpad.net/ubuntu/+source/gnome-keyring/+bug/2162595).
// So ReadAlias comes first and is waited for. OpenSession is not: a search goes
// out before it is answered.
func (on *session) greet(ctx context.Context) error {
	err := on.readAlias(ctx)
	if notRunning(err) {
		if err := on.bus.startService(ctx, serviceName); err != nil {
			return err
		}
		err = on.readAlias(ctx)
	}
	if err != nil {
		return err
	}
	opening := on.bus.Object(serviceName, servicePath).
		Go(serviceIface+"OpenSession", dbus.FlagNoAutoStart, nil, "plain", dbus.MakeVariant(""))
	on.opened = sync.OnceValues(func() (path dbus.ObjectPath, err error) {
		var output dbus.Variant
		err = (<-opening.Done).Store(&output, &path)
		return path, err
	})
	return nil
}

// readAlias asks again where there seems to be no default collection: so
// gnome-keyring answers a client that it does not know yet, one of some
// thousand while others write.
func (on *session) readAlias(ctx context.Context) error {
	for range 3 {
		err := on.call(ctx, servicePath, serviceIface+"ReadAlias", "default").Store(&on.collection)
		if err != nil || on.collection != noObject {
			return err
		}
	}
	return nil
}

// call never has the bus start the service: that would take up to two minutes
// to fail.
func (on *session) call(ctx context.Context, path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return on.bus.Object(serviceName, path).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
}

func (on *session) secret(ctx context.Context, value []byte) (secret, error) {
	path, err := within(ctx, on.opened)
	return secret{Session: path, Parameters: []byte{}, Value: value, ContentType: "application/octet-stream"}, err
}

// search returns the unlocked items with those attributes, those of the default
// collection first. There is at least one, or the error is fs.ErrNotExist.
func (on *session) search(ctx context.Context, attributes map[string]string) ([]dbus.ObjectPath, error) {
	var unlocked, locked []dbus.ObjectPath
	err := on.call(ctx, servicePath, serviceIface+"SearchItems", attributes).Store(&unlocked, &locked)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(unlocked, func(a, b dbus.ObjectPath) int { return on.rank(a) - on.rank(b) })
	switch {
	case len(unlocked) > 0 && on.rank(unlocked[0]) == 0:
		return unlocked, nil
	case len(locked) > 0:
		return nil, on.needsUnlocking(locked...)
	case len(unlocked) > 0:
		return unlocked, nil
	default:
		return nil, on.confirmEmpty(ctx)
	}
}

// rank is 0 for an item of the default collection.
func (on *session) rank(item dbus.ObjectPath) int {
	if strings.HasPrefix(string(item), string(on.collection)+"/") {
		return 0
	}
	return 1
}

// confirmEmpty returns fs.ErrNotExist unless the default collection is locked:
// KeePassXC finds nothing then.
func (on *session) confirmEmpty(ctx context.Context) error {
	if on.collection == noObject {
		return fs.ErrNotExist
	}
	var locked dbus.Variant
	err := on.call(ctx, on.collection, "org.freedesktop.DBus.Properties.Get",
		"org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	if err != nil {
		return err
	}
	if locked.Value() == true {
		return on.needsUnlocking(on.collection)
	}
	return fs.ErrNotExist
}

// keyOf returns the key of the item at path, nothing if its label is not ours.
func (on *session) keyOf(ctx context.Context, path dbus.ObjectPath) ([]string, error) {
	var properties map[string]dbus.Variant
	err := on.call(ctx, path, "org.freedesktop.DBus.Properties.GetAll", "org.freedesktop.Secret.Item").Store(&properties)
	if err != nil {
		return nil, err
	}
	label, _ := properties["Label"].Value().(string)
	attributes, _ := properties["Attributes"].Value().(map[string]string)
	key := strings.TrimPrefix(label, newItem("").label)
	if newItem(key).name != attributes["name"] {
		return nil, nil
	}
	return []string{key}, nil
}
