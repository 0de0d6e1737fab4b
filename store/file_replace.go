package store

import (
	"os"
	"runtime"
)

// replace gives a file of the directory new content, so that whoever looks, also
// after a crash or on a full disk, finds the old content or the new one,
// whole. The caller holds a lock for it; that makes one fixed name enough
// for the temporary file, and what a killed process left there is reused.
func (d directory) replace(name string, content []byte) error {
	temp := name + ".tmp"
	defer os.Remove(d.join(temp))
	if err := d.writeNew(temp, content); err != nil {
		return noPlace(err)
	}
	if err := rename(d.join(temp), d.join(name)); err != nil {
		return noPlace(err)
	}
	return syncDir(d.path)
}

// unlink deletes a file of the directory for good.
func (d directory) unlink(name string) error {
	if err := os.Remove(d.join(name)); err != nil {
		return noPlace(err)
	}
	return syncDir(d.path)
}

// writeNew writes a file that only its owner can read, down to the disk.
func (d directory) writeNew(name string, content []byte) error {
	os.Remove(d.join(name))
	f, err := os.OpenFile(d.join(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := d.giveFile(f); err != nil {
		return err
	}
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
