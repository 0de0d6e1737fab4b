package store

import (
	"context"
	"errors"
	"fmt"
	"git-credential-grant/internal/printable"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// busAddress returns where the session bus is, or "". What godbus would do
// without an address is start a new bus.
func busAddress(as user) string {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return address
	}
	// https://www.freedesktop.org/software/systemd/man/latest/pam_systemd.html
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = runtimeDir("/run/user", as.uid)
	}
	socket := filepath.Join(dir, "bus")
	if _, err := os.Stat(socket); err != nil || !filepath.IsAbs(socket) {
		return ""
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket)
}

// runtimeDir returns the directory of the session that a user has on the desktop, for what runs outside of it: cron, say.
// It and the bus in it have to be the user's, or it is "".
func runtimeDir(parent string, uid int) string {
	dir := filepath.Join(parent, strconv.Itoa(uid))
	for path, kind := range map[string]fs.FileMode{dir: fs.ModeDir, filepath.Join(dir, "bus"): fs.ModeSocket} {
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != kind || userOf(info).uid != uid {
			return ""
		}
	}
	return dir
}

// sockets returns those in the address of a bus, which may be a list. What is no socket of this machine is left out: the
// secrets that pass through it would not be encrypted.
// https://dbus.freedesktop.org/doc/dbus-specification.html#addresses
func sockets(address string) (names []string) {
	for one := range strings.SplitSeq(address, ";") {
		options, isUnix := strings.CutPrefix(one, "unix:")
		if !isUnix {
			continue
		}
		for option := range strings.SplitSeq(options, ",") {
			key, value, _ := strings.Cut(option, "=")
			value, err := url.PathUnescape(value)
			switch {
			case err != nil:
			case key == "path":
				names = append(names, value)
			case key == "abstract":
				names = append(names, "@"+value)
			}
		}
	}
	return names
}

// dialBus connects to the session bus before ctx ends, as a user. No bus is an [absent] error.
func dialBus(ctx context.Context, as user) (*connection, error) {
	address := busAddress(as)
	if address == "" {
		return nil, absent("there is no session bus")
	}
	if len(sockets(address)) == 0 {
		return nil, fmt.Errorf("%w: the session bus at %s is no socket of this machine, so others could listen", ErrUnavailable, address)
	}
	bus, err := within(ctx, func() (*connection, error) { return connect(ctx, address, as) })
	switch {
	case err == nil:
		return bus, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the session bus gives %w", context.Cause(ctx))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return nil, absent("there is no session bus at " + address)
	default:
		return nil, fmt.Errorf("%w: the session bus: %v", ErrUnavailable, err)
	}
}

// connection is one to the session bus.
type connection struct {
	*dbus.Conn
	refusal string     // what it means if the bus refuses hello
	hello   *dbus.Call // nil if it was answered
}

func connect(ctx context.Context, address string, as user) (*connection, error) {
	for {
		bus, err := connectOnce(ctx, address, as)
		// The queue of the bus is full: many processes have come at once.
		if !errors.Is(err, syscall.EAGAIN) || ctx.Err() != nil {
			return bus, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// connectOnce takes the first socket that somebody listens at. It has ctx end only the connecting, not the connection.
func connectOnce(ctx context.Context, address string, as user) (*connection, error) {
	life, end := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, end)
	var errs []error
	for _, socket := range sockets(address) {
		as := as.at(socket)
		conn, hello, err := join(socket, as, dbus.WithContext(life))
		if err == nil && !stop() {
			return nil, context.Cause(ctx)
		}
		if err == nil {
			return &connection{conn, fmt.Sprintf("the session bus at %s does not take user %d", address, as.uid), hello}, nil
		}
		errs = append(errs, err)
	}
	end()
	return nil, errors.Join(errs...)
}

// at returns who root has to be to be taken at a socket: the person whose it is, if that is the one in whose home root works.
func (u user) at(socket string) user {
	if info, err := os.Stat(socket); err == nil && userOf(info).uid == u.uid {
		return u
	}
	return me()
}

// blame returns the error of a first call, or that of the whole connection if there is one.
func (c *connection) blame(ctx context.Context, err error) error {
	if c.hello == nil {
		return err
	}
	select {
	case <-c.hello.Done:
	case <-ctx.Done():
		return err
	}
	if errors.Is(c.hello.Err, errRefused) {
		return absent(c.refusal)
	}
	return err
}

// startService has the bus start the service called name, or reports an
// [absent] error if it does not know how.
func (c *connection) startService(ctx context.Context, name string) error {
	err := c.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, name, uint32(0)).Err
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
		return fmt.Errorf("%w: %s (%s)", ErrUnavailable, printable.Line(answer.Error()), answer.Name)
	case errors.Is(err, dbus.ErrClosed):
		return fmt.Errorf("%w: the session bus hung up", ErrUnavailable)
	default:
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
}
