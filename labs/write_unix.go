//go:build !windows

package labs

import "github.com/google/renameio/v2"

// writeAtomic replaces a file so that a reader, and a crash, find either the old or the new content.
func writeAtomic(path string, data []byte) error { return renameio.WriteFile(path, data, 0o600) }
