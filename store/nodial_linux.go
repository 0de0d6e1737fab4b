package store

import "git-credential-grant/store/internal/nodial"

func init() { nodial.Restore() }
