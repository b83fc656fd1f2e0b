// Package assets holds what the binary carries along: the workshop's labs. What a Kyverno installation consists of is
// in the package kyverno below.
package assets

import (
	"embed"
	"io/fs"
)

//go:embed all:labs
var content embed.FS

// Labs returns the folders of the workshop's labs, one a lab ("02-pod-labels/lab.md", …).
func Labs() fs.FS {
	labs, err := fs.Sub(content, "labs")
	if err != nil {
		panic(err) // only for a name that is not valid, and this one is
	}
	return labs
}
