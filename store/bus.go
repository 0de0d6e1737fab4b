package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// busAddress returns where the session bus is, or "". What godbus would do
// without an address is start a new bus.
func busAddress() string {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return address
	}
	// https://www.freedesktop.org/software/systemd/man/latest/pam_systemd.html
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	if _, err := os.Stat(socket); err != nil || !filepath.IsAbs(socket) {
		return ""
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket)
}

// dialBus connects to the session bus before ctx ends. No bus, or one that
// refuses this user, is an [absent] error.
func dialBus(ctx context.Context) (*dbus.Conn, error) {
	address := busAddress()
	if address == "" {
		return nil, absent("there is no session bus")
	}
	conn, err := within(ctx, func() (*dbus.Conn, error) { return connect(ctx, address) })
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the session bus gives %w", context.Cause(ctx))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return nil, absent("there is no session bus at " + address)
	default:
		return nil, fmt.Errorf("%w: the session bus: %v", ErrUnavailable, err)
	}
}

func connect(ctx context.Context, address string) (*dbus.Conn, error) {
	for {
		conn, err := connectOnce(ctx, address)
		// The queue of the bus is full: many processes have come at once.
		if !errors.Is(err, syscall.EAGAIN) || ctx.Err() != nil {
			return conn, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// connectOnce has ctx end only the connecting, not the connection.
func connectOnce(ctx context.Context, address string) (*dbus.Conn, error) {
	life, end := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, end)
	conn, err := join(address, dbus.WithContext(life))
	if !stop() && err == nil {
		return nil, context.Cause(ctx)
	}
	return conn, err
}

// startService has the bus start the service called name, or reports an
// [absent] error if it does not know how.
func startService(ctx context.Context, conn *dbus.Conn, name string) error {
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, name, uint32(0)).Err
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s does not start: %w", name, context.Cause(ctx))
	case isBusError(err, "org.freedesktop.DBus.Error.ServiceUnknown"):
		return absent("there is no " + name + " on the session bus")
	default:
		return fmt.Errorf("%w: %s does not start: %v", ErrUnavailable, name, err)
	}
}

// notRunning reports whether a call failed because nobody owns the name.
func notRunning(err error) bool {
	return isBusError(err,
		"org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.ServiceUnknown")
}

func isBusError(err error, names ...string) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains(names, e.Name)
}

// plain turns the error of a call that was made under ctx into one of ours.
func plain(ctx context.Context, err error) error {
	var answer dbus.Error
	var b *blocked
	switch {
	case err == nil || err == fs.ErrNotExist || errors.As(err, &b):
		return err
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrTimeout), errors.Is(err, ErrLocked):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &answer):
		return fmt.Errorf("%w: %s (%s)", ErrUnavailable, printable(answer.Error()), answer.Name)
	case errors.Is(err, dbus.ErrClosed):
		return fmt.Errorf("%w: the session bus hung up", ErrUnavailable)
	default:
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
}
