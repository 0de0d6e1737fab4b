package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// owner returns whose the directory and all in it have to be: the user's who runs the program. But root may run it in the
// home of a person (sudo on macOS, sudo -E, su), and uses what is the person's then; all that it writes there is as well.
func (d directory) owner() user {
	if me := me(); me.uid != 0 || d.fault != nil {
		return me
	}
	for dir := d.home; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			return userOf(info)
		}
		if dir == filepath.Dir(dir) {
			return user{}
		}
	}
}

// user is one of the system, or on Windows always the same.
type user struct{ uid, gid int }

func me() user { return user{os.Geteuid(), os.Getegid()} }

func (u user) isMe() bool { return u.uid == os.Geteuid() }

// checkOwner fails for what is somebody else's. If the home is as well, then that is no place for this user.
func (d directory) checkOwner(path string, info fs.FileInfo) error {
	has, want := userOf(info), d.owner()
	if has.uid == want.uid {
		return nil
	}
	if home, err := os.Stat(d.home); err == nil && userOf(home).uid == has.uid {
		return fmt.Errorf("%w: %s belongs to user %d, and this is user %d", ErrNoPlace, d.home, has.uid, want.uid)
	}
	return &FileError{Path: path, Owner: want.uid, Kind: ErrOwner, has: has.uid}
}

// mkdir is os.Mkdir, also where root makes a directory for a person, who never finds one that is root's.
func (d directory) mkdir(path string) error {
	owner := d.owner()
	if owner.isMe() {
		return os.Mkdir(path, 0o700)
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), "new")
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := os.Lchown(temp, owner.uid, owner.gid); err != nil {
		return err
	}
	return renameNew(temp, path)
}

// giveFile makes a new file, which nobody else has seen yet, its owner's.
func (d directory) giveFile(f *os.File) error {
	owner := d.owner()
	if owner.isMe() {
		return nil
	}
	return f.Chown(owner.uid, owner.gid)
}

// makeFor makes an empty file where root does so for a person, as mkdir makes a directory.
func (d directory) makeFor(path string) error {
	if d.owner().isMe() {
		return nil
	}
	temp, err := os.CreateTemp(d.path, "new")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := d.giveFile(temp); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
