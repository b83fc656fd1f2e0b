package labs

import (
	"io/fs"
	"strings"

	"podsec/kube"
)

// Maker is the lab whose files hold the object that Leftovers names, the first of them; nil when no lab's do.
func Maker(all []*Lab, name string) *Lab {
	for _, l := range all {
		if l.Files != nil && makes(l.Files, name) {
			return l
		}
	}
	return nil
}

// makes says whether one of the files holds an object. Files that hold none at all, and those with gaps that a learner
// fills, are passed over.
func makes(files fs.FS, name string) bool {
	found := false
	_ = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return nil //nolint:nilerr // a folder that cannot be read makes nothing
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil //nolint:nilerr // neither does a file
		}
		objects, err := kube.Decode(text)
		if err != nil {
			return nil //nolint:nilerr // nor one that is no manifest
		}
		for _, o := range objects {
			if describe(o.GetKind(), o.GetNamespace(), o.GetName()) == name {
				found = true
				return fs.SkipAll
			}
		}
		return nil
	})
	return found
}
