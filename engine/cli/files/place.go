package files

import (
	"bytes"
	"errors"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/engine/document"
)

// origin is the text of an object, in the file that it is of.
type origin struct {
	name       string
	data, text []byte
}

// Place says where in its file a policy or an exception is wrong, if it is of one.
func (p *Policies) Place(object *unstructured.Unstructured, wrong error) error {
	if from, ok := p.origins[object]; ok {
		return place(from.name, from.data, from.text, wrong)
	}
	return wrong
}

// place says where in a file a document is wrong, as far as that is known, and what to do about it.
func place(name string, data, text []byte, wrong error) *document.Problem {
	before := bytes.Count(data[:max(bytes.Index(data, bytes.TrimRight(text, "\n")), 0)], []byte("\n"))
	documents, err := document.Parse(name, text)
	var problem *document.Problem
	switch {
	case errors.As(err, &problem):
		if problem.Line > 0 {
			problem.Line += before
		}
		return problem
	case len(documents) != 1:
		return &document.Problem{Position: document.Position{File: name}, Message: wrong.Error()}
	}
	found := documents[0].Problem(wrongField(wrong), wrong.Error(), "")
	found.File = name
	if found.Line > 0 {
		found.Line += before
	}
	return found
}

// wrongField is the field that an error is about: of the schema, or of a policy that cannot be compiled.
func wrongField(err error) string {
	var status *apierrors.StatusError
	if errors.As(err, &status) && status.ErrStatus.Details != nil && len(status.ErrStatus.Details.Causes) > 0 {
		return status.ErrStatus.Details.Causes[0].Field
	}
	var several utilerrors.Aggregate
	if errors.As(err, &several) {
		for _, one := range several.Errors() { // the first may say no more than that it is one of a compiler
			var wrong *field.Error
			if errors.As(one, &wrong) && wrong.Field != "" && wrong.Type != field.ErrorTypeInternal {
				return wrong.Field
			}
		}
	}
	path, _, _ := strings.Cut(err.Error(), ": ")
	return path
}
