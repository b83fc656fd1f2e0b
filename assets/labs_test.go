package assets_test

import (
	"io/fs"
	"testing"

	"podsec/assets"
)

// TestLabsAreComplete reads every lab's folder through the embedded file system.
func TestLabsAreComplete(t *testing.T) {
	folders, err := fs.ReadDir(assets.Labs(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if _, err := fs.ReadFile(assets.Labs(), folder.Name()+"/lab.md"); err != nil {
			t.Error(err)
		}
	}
	if len(folders) < 5 {
		t.Errorf("%d labs", len(folders))
	}
}
