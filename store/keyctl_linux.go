package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// keyctl keeps items in the user's own keyring in the kernel, which lasts until a reboot. It answers at once, so it
// needs no deadline: https://man7.org/linux/man-pages/man7/keyrings.7.html
type keyctl struct{}

const (
	// keyctlLimit is that of the payload of a key of type "user".
	keyctlLimit  = 32767
	keyctlPrefix = application + ":" // all programs share one namespace
	keyctlType   = "user"
	userKeyring  = unix.KEY_SPEC_USER_KEYRING
	ownKeyring   = unix.KEY_SPEC_SESSION_KEYRING
	// keyctlAccess is everything for the user, with or without a session keyring that possesses the key: cron and ssh
	// may have another one.
	keyctlAccess = 0x3f3f0000
)

func newKeyctl(*Store) (backend, error) { return keyed{keyctl{}}, nil }

func (k keyctl) get(_ context.Context, it item) ([]byte, error) {
	for {
		key, err := k.find(it)
		if err != nil {
			return nil, err
		}
		value, err := payload(key)
		if errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYREVOKED) {
			continue // Another one has taken its place meanwhile, or none.
		}
		return value, keyctlError(err)
	}
}

func (k keyctl) set(ctx context.Context, it item, value []byte) error {
	if len(value) > keyctlLimit {
		return fmt.Errorf("%d bytes are %w, which takes %d", len(value), ErrTooLarge, keyctlLimit)
	}
	if err := k.change(it, value); err == nil {
		return nil
	}
	// Keys that were just deleted count until the kernel has thrown them away.
	for end := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := k.add(it, value)
		if !errors.Is(err, unix.EDQUOT) || ctx.Err() != nil || time.Now().After(end) {
			return keyctlError(err)
		}
	}
}

// change changes a key where it is: a new one would count beside the old one for a while. It fails where there is none,
// and for more than a page of memory.
func (k keyctl) change(it item, value []byte) error {
	key, err := k.find(it)
	if err != nil {
		return err
	}
	_, err = unix.KeyctlBuffer(unix.KEYCTL_UPDATE, key, value, 0)
	return err
}

// add makes the key in the session's keyring, because only who possesses a key may change its access, and moves it over.
// There it takes the place of one with the same name.
func (k keyctl) add(it item, value []byte) error {
	// For a process without a session keyring the kernel makes one, and gives it to the thread that asks.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	key, err := unix.AddKey(keyctlType, keyctlPrefix+it.name, value, ownKeyring)
	if err != nil {
		return err
	}
	err = unix.KeyctlSetperm(key, keyctlAccess)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_LINK, key, userKeyring, 0, 0)
	}
	_, unlinked := unix.KeyctlInt(unix.KEYCTL_UNLINK, key, ownKeyring, 0, 0)
	if errors.Is(unlinked, unix.ENOENT) {
		unlinked = nil // A process with another home, and so another lock, has done it.
	}
	return errors.Join(err, unlinked)
}

func (k keyctl) remove(_ context.Context, it item) error {
	key, err := k.find(it)
	if err != nil {
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, key, userKeyring, 0, 0)
	return keyctlError(err)
}

func (k keyctl) names(context.Context) (names []string, err error) {
	ids, err := payload(userKeyring)
	if err != nil {
		return nil, keyctlError(err)
	}
	for ; len(ids) >= 4; ids = ids[4:] {
		// TYPE;UID;GID;ACCESS;NAME, but for a key that has gone meanwhile or is kept from us.
		text, _ := unix.KeyctlString(unix.KEYCTL_DESCRIBE, int(int32(binary.NativeEndian.Uint32(ids))))
		_, name, isOurs := strings.Cut(text, ";"+keyctlPrefix)
		if isOurs && strings.HasPrefix(text, keyctlType+";") {
			names = append(names, name)
		}
	}
	return names, nil
}

func (keyctl) find(it item) (key int, err error) {
	key, err = unix.KeyctlSearch(userKeyring, keyctlType, keyctlPrefix+it.name, 0)
	return key, keyctlError(err)
}

// payload returns that of a key, which of a keyring is the numbers of its keys.
func payload(key int) ([]byte, error) {
	buffer := make([]byte, keyctlLimit)
	for {
		size, err := unix.KeyctlBuffer(unix.KEYCTL_READ, key, buffer, 0)
		if err != nil || size <= len(buffer) {
			return buffer[:max(size, 0)], err
		}
		buffer = make([]byte, size)
	}
}

func keyctlError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOKEY), errors.Is(err, unix.ENOENT):
		return fs.ErrNotExist
	case errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%w: %v", ErrFull, err)
	default:
		return fmt.Errorf("%w: %v", ErrUnavailable, err)
	}
}
