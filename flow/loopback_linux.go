package flow

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listening names the program that listens at a port of this machine, "" where it is another user's (proc(5)).
func listening(port string) string {
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		addListeners(sockets, table, port)
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && sockets[target] {
			process := filepath.Dir(filepath.Dir(link))
			name, _ := os.ReadFile(process + "/comm")
			return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), filepath.Base(process))
		}
	}
	return ""
}

// addListeners adds the sockets that listen at a port, as the links of /proc name them.
func addListeners(sockets map[string]bool, table, port string) {
	const (
		local, state, inode = 1, 3, 9
		listens             = "0A"
	)
	file, err := os.Open(table)
	if err != nil {
		return
	}
	defer file.Close()
	number, _ := strconv.Atoi(port)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > inode && fields[state] == listens && strings.HasSuffix(fields[local], fmt.Sprintf(":%04X", number)) {
			sockets["socket:["+fields[inode]+"]"] = true
		}
	}
}
