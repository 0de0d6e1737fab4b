package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
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
	// ErrPassphrase: a passphrase is in use, and this process has none.
	ErrPassphrase = errors.New("the passphrase is missing")
	// ErrUndecipherable: a stored record cannot be decrypted: another
	// passphrase, another key file or none, or damage.
	ErrUndecipherable = errors.New("cannot be decrypted")
	// ErrBusy: another process holds the write lock for too long.
	ErrBusy = errors.New("another process is writing")
)

// What can be wrong with a file or directory of our own. Such an error is a [FileError].
var (
	// ErrPermissions: others can read it, and that cannot be mended.
	ErrPermissions = errors.New("others can read it")
	// ErrOwner: it belongs to another user than it has to.
	ErrOwner = errors.New("it belongs to somebody else")
	// ErrLink: it is a link, or not what it has to be, a file or a directory.
	ErrLink = errors.New("it is a link, or something else than it has to be")
)

// A FileError says which file or directory is not the user's own and private. Nothing was changed or read there.
type FileError struct {
	Path  string
	Owner int   // the number of the user whose it has to be, where that is what is wrong
	Kind  error // one of those listed under [ErrPermissions]

	has int // its owner
}

func (e *FileError) Error() string {
	if e.Kind == ErrOwner {
		return fmt.Sprintf("%s belongs to user %d, and has to belong to user %d", e.Path, e.has, e.Owner)
	}
	return fmt.Sprintf("%s cannot be used: %v", e.Path, e.Kind)
}

func (e *FileError) Unwrap() error { return e.Kind }

// Why nothing can be kept here, so that only what need not be kept can go on.
var (
	// ErrNoPlace: it is not known where files belong, or they cannot be made there.
	ErrNoPlace = errors.New("no place for files")
	// ErrNoRoom: what is stored could not be replaced, on a disk that is full
	// or read-only.
	ErrNoRoom = errors.New("nothing can be written")
	// ErrNoLocks: files cannot be locked where they are, on some network disks.
	ErrNoLocks = errors.New("files cannot be locked")
)

// keepsNothing reports whether err is one of those.
func keepsNothing(err error) bool {
	return errors.Is(err, ErrNoPlace) || errors.Is(err, ErrNoRoom) || errors.Is(err, ErrNoLocks)
}

// noPlace tells what keeps files from being made from what is only not there.
func noPlace(err error) error {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), keepsNothing(err):
		return err
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %v", ErrNoRoom, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return fmt.Errorf("%w: %v", ErrNoPlace, err)
	default:
		return err
	}
}

// absent is the error of a keyring that is not there to talk to, which is what
// makes auto go on to the next.
type absent string

func (a absent) Error() string        { return string(a) }
func (a absent) Is(target error) bool { return target == ErrUnavailable }

// withName names the backend in err. The plain fs.ErrNotExist of a backend
// passes; a system error that only reads like it, or like
// errors.ErrUnsupported, is neither here and loses that meaning.
func withName(name string, err error) error {
	switch {
	case err == nil || err == fs.ErrNotExist:
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errors.ErrUnsupported):
		return fmt.Errorf("%s: %v", name, err)
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
}
