package labs

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// files are the files that begin with a text, seen from where the learner's next line starts; folders end in a slash.
// keep, unless it is nil, says which files are wanted; folders always are. Hidden ones must be asked for.
func (s *Session) files(prefix string, keep func(name string) bool) []string {
	dir, base := path.Split(prefix)
	at := filepath.FromSlash(dir)
	if !filepath.IsAbs(at) {
		at = filepath.Join(s.Cwd(), at)
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil // what is not there offers nothing
	}
	var found []string
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case !strings.HasPrefix(name, base) || strings.HasPrefix(name, ".") && base == "":
		case entry.IsDir():
			found = append(found, dir+name+"/")
		case keep == nil || keep(name):
			found = append(found, dir+name)
		}
	}
	return found
}
