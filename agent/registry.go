package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A Running agent is one that answers at a socket.
type Running struct {
	Socket string `json:"socket"`
	// Allow are the rules, as [Rule.String] says them.
	Allow []string `json:"allow"`
	// Until is when it ends, zero if that is left to the person.
	Until time.Time `json:"until,omitzero"`
}

// Directory is where sockets are unless the person says otherwise: one of this user, which is gone after a restart where the system
// has such a one (https://specifications.freedesktop.org/basedir-spec/latest/).
func Directory() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "git-credential-grant"), nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "git-credential-grant"), err
}

// Announce lets [List] find an agent, until withdraw is called.
func Announce(running Running) (withdraw func(), err error) {
	dir, err := registry()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(running.Socket))
	name := filepath.Join(dir, hex.EncodeToString(sum[:8])+".json")
	text, err := json.Marshal(running)
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	return func() {
		if conn, err := net.DialTimeout("unix", running.Socket, time.Second); err == nil { // The next agent is there already.
			conn.Close()
			return
		}
		os.Remove(name)
	}, err
}

// List returns the agents that answer. What one that was killed has left is taken away.
func List() []Running {
	all := []Running{}
	dir, err := registry()
	if err != nil {
		return all
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, name := range names {
		var running Running
		text, err := os.ReadFile(name)
		if err != nil || json.Unmarshal(text, &running) != nil {
			continue
		}
		conn, err := net.DialTimeout("unix", running.Socket, time.Second)
		switch {
		case err == nil:
			conn.Close()
			all = append(all, running)
		case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
			os.Remove(name)
		}
	}
	return all
}

func registry() (string, error) {
	dir, err := Directory()
	return filepath.Join(dir, "agents"), err
}
