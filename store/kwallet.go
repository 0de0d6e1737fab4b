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

// The interface is the same for all versions of the service:
// https://invent.kde.org/frameworks/kwallet/-/blob/master/src/api/KWallet/org.kde.KWallet.xml
const walletIface = "org.kde.KWallet."

// wallets are the services that may keep the wallet, newest first.
var wallets = []struct {
	name string
	path dbus.ObjectPath
}{
	{"org.kde.kwalletd6", "/modules/kwalletd6"},
	{"org.kde.kwalletd5", "/modules/kwalletd5"},
}

// kwallet keeps items in the network wallet, which is KDE's default one.
type kwallet struct {
	interactive func() bool

	mu    sync.Mutex
	found *wallet // nil until needed
}

// wallet is a wallet of a service.
type wallet struct {
	service dbus.BusObject
	name    string
}

func newKWallet(s *Store) (backend, error) {
	return labelled{&kwallet{interactive: s.opts.Interactive}}, nil
}

func (k *kwallet) get(ctx context.Context, it item) (value []byte, err error) {
	err = k.do(ctx, reading, func(ctx context.Context, w *wallet, handle int32) error {
		var has bool
		if err := w.call(ctx, "hasEntry", handle, application, it.name, application).Store(&has); err != nil {
			return err
		}
		if !has {
			return w.confirmEmpty(ctx)
		}
		err := w.call(ctx, "readEntry", handle, application, it.name, application).Store(&value)
		if err == nil && len(value) == 0 {
			return fmt.Errorf("%w: it does not give what it has", ErrUnavailable)
		}
		return err
	})
	return value, err
}

// confirmEmpty returns fs.ErrNotExist unless the wallet has been closed
// meanwhile: the service answers then as if nothing was in it.
func (w *wallet) confirmEmpty(ctx context.Context) error {
	isOpen, err := w.isOpen(ctx)
	if err != nil {
		return err
	}
	if !isOpen {
		return fmt.Errorf("%w: it was closed just now", ErrLocked)
	}
	return fs.ErrNotExist
}

func (k *kwallet) set(ctx context.Context, it item, value []byte) error {
	return k.do(ctx, writing, func(ctx context.Context, w *wallet, handle int32) error {
		return w.change(ctx, "writeEntry", handle, application, it.name, value, application)
	})
}

func (k *kwallet) remove(ctx context.Context, it item) error {
	if _, err := k.get(ctx, it); err != nil {
		return err
	}
	return k.do(ctx, writing, func(ctx context.Context, w *wallet, handle int32) error {
		return w.change(ctx, "removeEntry", handle, application, it.name, application)
	})
}

func (w *wallet) call(ctx context.Context, method string, args ...any) *dbus.Call {
	return w.service.CallWithContext(ctx, walletIface+method, dbus.FlagNoAutoStart, args...)
}

// change calls a method that answers 0 for success.
func (w *wallet) change(ctx context.Context, method string, args ...any) error {
	var code int32
	if err := w.call(ctx, method, args...).Store(&code); err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%w: %s answers %d", ErrUnavailable, method, code)
	}
	return nil
}

func (k *kwallet) do(ctx context.Context, p patience, op func(context.Context, *wallet, int32) error) error {
	w, err := k.find(ctx)
	if err != nil {
		return err
	}
	handle, err := k.open(ctx, w)
	if err != nil {
		return err
	}
	ctx, cancel := p.limit(ctx, k.interactive)
	defer cancel()
	return plain(ctx, op(ctx, w, handle))
}

func (k *kwallet) find(ctx context.Context) (w *wallet, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.found == nil {
		ctx, cancel := reading.limit(ctx, k.interactive)
		defer cancel()
		k.found, err = findWallet(ctx)
		err = plain(ctx, err)
	}
	return k.found, err
}

// findWallet asks the first service that runs or can be started for its wallet.
func findWallet(ctx context.Context) (*wallet, error) {
	conn, err := dialBus(ctx)
	if err != nil {
		return nil, err
	}
	for _, candidate := range wallets {
		w := &wallet{service: conn.Object(candidate.name, candidate.path)}
		err := w.call(ctx, "networkWallet").Store(&w.name)
		if notRunning(err) {
			if err = startService(ctx, conn, candidate.name); err == nil {
				err = w.call(ctx, "networkWallet").Store(&w.name)
			}
		}
		var none absent
		if err == nil {
			return w, nil
		}
		if !errors.As(err, &none) {
			return nil, err
		}
	}
	return nil, absent("there is no KWallet on the session bus")
}

// open opens the wallet, which may have been closed since the last time. If it
// is locked, the service has the person type its password, and answers after
// that.
func (k *kwallet) open(ctx context.Context, w *wallet) (handle int32, err error) {
	limited, cancel := reading.limit(ctx, k.interactive)
	defer cancel()
	isOpen, err := w.isOpen(limited)
	if err != nil {
		return 0, plain(limited, err)
	}
	if !isOpen && !k.interactive() {
		return 0, fmt.Errorf("%w, and nobody is there to be asked", ErrLocked)
	}
	ctx, cancel = context.WithTimeoutCause(ctx, time.Minute, ErrTimeout)
	defer cancel()
	if err := w.call(ctx, "open", w.name, int64(0), application).Store(&handle); err != nil {
		return 0, plain(ctx, err)
	}
	if handle < 0 {
		return 0, fmt.Errorf("%w: opening it was refused", ErrLocked)
	}
	return handle, nil
}

func (w *wallet) isOpen(ctx context.Context) (isOpen bool, err error) {
	err = w.call(ctx, "isOpen", w.name).Store(&isOpen)
	return isOpen, err
}
