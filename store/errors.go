package store

import (
	"errors"
	"fmt"
	"io/fs"
)

// What can be wrong with a keyring. An error of a [Store] wraps one of these
// where a caller may want to decide or to give a hint; its text already names
// the backend and what happened. None of them means that nothing is stored.
var (
	// ErrLocked: the keyring is locked, and nobody could or would unlock it.
	ErrLocked = errors.New("the keyring is locked")
	// ErrTimeout: the keyring did not answer in time.
	ErrTimeout = errors.New("no answer in time")
	// ErrUnavailable: the keyring is missing or broken.
	ErrUnavailable = errors.New("the keyring cannot be used")
	// ErrTooLarge: the keyring does not take a value of this size.
	ErrTooLarge = errors.New("too large for the keyring")
	// ErrFull: the keyring takes nothing more, however small.
	ErrFull = errors.New("the keyring is full")
	// ErrPermissions: a file is not the user's own and private.
	ErrPermissions = errors.New("not private")
	// ErrUndecipherable: a stored record cannot be decrypted: another
	// passphrase, another key file or none, or damage.
	ErrUndecipherable = errors.New("cannot be decrypted")
	// ErrNoPlace: it is not known where files belong.
	ErrNoPlace = errors.New("no place for files")
	// ErrNoRoom: what is stored could not be replaced, on a disk that is full
	// or read-only.
	ErrNoRoom = errors.New("nothing can be written")
	// ErrNoLocks: files cannot be locked where they are, on some network disks.
	ErrNoLocks = errors.New("files cannot be locked")
	// ErrBusy: another process holds the write lock for too long.
	ErrBusy = errors.New("another process is writing")
)

// absent is the error of a keyring that is not there to talk to, which is what
// makes auto go on to the next.
type absent string

func (a absent) Error() string        { return string(a) }
func (a absent) Is(target error) bool { return target == ErrUnavailable }

// explain names the backend in err. The plain fs.ErrNotExist of a backend
// passes; a system error that only reads like it, or like
// errors.ErrUnsupported, is neither here and loses that meaning.
func explain(name string, err error) error {
	switch {
	case err == nil || err == fs.ErrNotExist:
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errors.ErrUnsupported):
		return fmt.Errorf("%s: %v", name, err)
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
}
