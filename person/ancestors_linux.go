package person

import (
	"os"
	"strconv"
	"strings"
)

// maxAncestors is more than any chain of git commands and scripts.
const maxAncestors = 64

// Ancestors returns the processes above this one, the nearest first.
func Ancestors() (ancestors []Process) {
	for pid := os.Getppid(); pid > 0 && len(ancestors) < maxAncestors; {
		process, parent, ok := readProcess(pid)
		if !ok {
			return ancestors
		}
		ancestors = append(ancestors, process)
		pid = parent
	}
	return ancestors
}

// readProcess reads what proc_pid_stat(5) describes. The name may hold anything, so the fields are counted from its end.
func readProcess(pid int) (process Process, parent int, ok bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Process{}, 0, false
	}
	_, rest, _ := strings.Cut(string(stat), "(")
	end := strings.LastIndex(rest, ")")
	if end < 0 {
		return Process{}, 0, false
	}
	const state, ppid, startTime = 3, 4, 22
	fields := strings.Fields(rest[end+1:])
	if len(fields) <= startTime-state {
		return Process{}, 0, false
	}
	parent, err = strconv.Atoi(fields[ppid-state])
	return Process{Name: rest[:end], ID: strconv.Itoa(pid) + "." + fields[startTime-state]}, parent, err == nil
}
