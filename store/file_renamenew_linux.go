package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameNew is os.Rename that replaces nothing, not even an empty directory, which another process may just have made.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS { // of file systems and kernels that do not know it
		return os.Rename(from, to)
	}
	return err
}
