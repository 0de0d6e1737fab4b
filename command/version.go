package command

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// buildVersion is the release's version, or what Go knows of a build from source.
func (p *program) buildVersion() string {
	if p.version != "" {
		return p.version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// buildCommit is the commit that it was built from, with "-dirty" after it where Go has seen that files were changed.
func (p *program) buildCommit() string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
	}
	commit := cmp.Or(p.commit, settings["vcs.revision"], "unknown")
	if settings["vcs.modified"] == "true" {
		commit += "-dirty"
	}
	return commit
}

// build is the version with all that a bug report should say beside it. The lines are indented for the help, where they
// stand too.
func (p *program) build() string {
	return fmt.Sprintf("%s\n   commit %s\n   %s %s/%s", p.buildVersion(), p.buildCommit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
