package labs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
)

// writtenCheck wants a field of the YAML that the learner wrote to fulfil a condition. Of several documents, one of the
// kind, if it is given, is enough. It knows mistakes; that a step is done is told by what the file does.
type writtenCheck struct {
	Kind    string  `lab:"kind"`
	Path    string  `lab:"path,required"`
	Equals  *scalar `lab:"equals"`
	Matches *scalar `lab:"matches"`
	Exists  *bool   `lab:"exists"`
}

func (c *writtenCheck) where() where {
	return where{Path: c.Path, Equals: c.Equals, Matches: c.Matches, Exists: c.Exists}
}

func (c *writtenCheck) validate(s *strict, n *yaml.Node) { c.where().validate(s, n) }

// Title says what is checked.
func (c *writtenCheck) Title() string {
	what := "the file"
	if c.Kind != "" {
		what = "the " + c.Kind
	}
	return "in " + what + ", " + c.where().String()
}

// Judge looks at the file.
func (c *writtenCheck) Judge(_ context.Context, e Evidence) (string, error) {
	text, err := fs.ReadFile(e.Files, e.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "the file " + e.File + " is not there", nil
	case err != nil:
		return "", fmt.Errorf("read %s: %w", e.File, err)
	}
	objects, err := kube.Decode(text)
	if err != nil {
		return fmt.Sprintf("%s: %v", e.File, err), nil
	}
	return c.judge(objects), nil
}

func (c *writtenCheck) judge(objects []*unstructured.Unstructured) string {
	missing := "the file has no " + orWord(c.Kind, "object")
	for _, o := range objects {
		if c.Kind != "" && !strings.EqualFold(c.Kind, o.GetKind()) {
			continue
		}
		if missing = c.where().judge(o); missing == "" {
			return ""
		}
	}
	return missing
}
