package store

import (
	"os"
	"path/filepath"
	"runtime"
)

// replace gives the file at path new content, so that whoever looks, also
// after a crash or on a full disk, finds the old content or the new one,
// whole. The caller holds a lock for path; that makes one fixed name enough
// for the temporary file, and what a killed process left there is reused.
func replace(path string, content []byte) error {
	temp := path + ".tmp"
	defer os.Remove(temp)
	if err := writeNew(temp, content); err != nil {
		return err
	}
	if err := rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// remove deletes the file at path for good.
func remove(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeNew writes a file that only the user can read, down to the disk.
func writeNew(path string, content []byte) error {
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// syncDir makes a rename in dir last. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
