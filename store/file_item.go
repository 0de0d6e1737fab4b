package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// itemFile is the file of an item, which need not be there. One that is nil is
// that of an item which is kept elsewhere: it needs nothing.
type itemFile struct {
	files *fileBackend
	item  item
}

// exists reports whether there seems to be a record.
func (f *itemFile) exists() bool {
	if f == nil {
		return false
	}
	_, err := os.Lstat(f.files.join(recordOf(f.item)))
	return f.files.fault == nil && err == nil
}

// prepare makes the key of a passphrase, which takes a while, so that whoever
// holds a lock later has it already. An error comes again where it matters.
func (f *itemFile) prepare(ctx context.Context) {
	if f != nil && f.files.passphrase != nil {
		f.files.passphraseKey(ctx)
	}
}

// room is what a record may grow by: the longest tokens have 6,000 bytes.
const room = 16 << 10

// tryRoom returns [ErrNoRoom] if a new record could not be written now. The
// caller holds the long lock of the item.
func (f *itemFile) tryRoom() error {
	if f == nil {
		return nil
	}
	old, err := f.files.readRecord(f.item)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := recordOf(f.item) + ".room"
	defer os.Remove(f.files.join(temp))
	if err := f.files.writeNew(temp, make([]byte, len(old)+room)); err != nil {
		return fmt.Errorf("%w: %v", ErrNoRoom, err)
	}
	return nil
}
