package labs

import (
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// edition is the edition of the workshop that a side step is from.
type edition struct{ name string }

func (e *edition) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Value != "2023" {
		s.note(n, `write edition: "2023", or leave it out`, "the edition %q is not known", n.Value)
		return
	}
	e.name = n.Value
}

// file is the name of a file of the lab's folder.
type file struct {
	name string
	node *yaml.Node
}

func (f *file) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || !fs.ValidPath(n.Value) || n.Value == "." {
		s.note(n, "name it as in the folder, without ./ and ..", "a file of the lab's folder is needed, not %q", n.Value)
		return
	}
	f.name, f.node = n.Value, n
}

// mustExist notes a file that the lab does not have. Where there is no lab to look at, all exist.
func (f *file) mustExist(s *strict) {
	if f.name == "" || s.files == nil {
		return
	}
	if info, err := fs.Stat(s.files, f.name); err != nil || info.IsDir() {
		s.note(f.node, "add the file or correct its name", "the lab has no file %q", f.name)
	}
}

// kind is a kind of step that its keys do not tell.
type kind struct{ name StepKind }

func (k *kind) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || StepKind(n.Value) != Recap {
		s.note(n, "write kind: recap; the other kinds follow from the keys ask, edit, goal and run", "the kind %q is not to be set", n.Value)
		return
	}
	k.name = Recap
}
