//go:build unix

package store

import (
	"io/fs"
	"os/exec"
	"syscall"
)

func userOf(info fs.FileInfo) user {
	stat := info.Sys().(*syscall.Stat_t)
	return user{int(stat.Uid), int(stat.Gid)}
}

// runAs has root run a command as that user.
func (u user) runAs(command *exec.Cmd) {
	if !u.isMe() {
		credential := &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
		command.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	}
}
