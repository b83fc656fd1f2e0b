package files

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine/document"
)

// place says where in a file a document is wrong, "file:line:column" or as much of it as is known, and in what words.
func place(name string, data, text []byte, wrong error) (where, what string) {
	before := bytes.Count(data[:max(bytes.Index(data, text), 0)], []byte("\n"))
	documents, err := document.Parse(name, text)
	var problem *document.Problem
	if errors.As(err, &problem) {
		return position(name, problem.Line, problem.Column, before), problem.Message
	}
	if len(documents) != 1 {
		return name, wrong.Error()
	}
	found, ok := documents[0].Place(wrongField(wrong))
	if !ok && found.Line == 0 {
		return name, wrong.Error()
	}
	return position(name, found.Line, found.Column, before), wrong.Error()
}

func position(name string, line, column, before int) string {
	switch {
	case line == 0:
		return name
	case column == 0:
		return fmt.Sprintf("%s:%d", name, line+before)
	}
	return fmt.Sprintf("%s:%d:%d", name, line+before, column)
}

// wrongField is the field that an error is about: of the schema, or of a policy that cannot be compiled.
func wrongField(err error) string {
	var status *apierrors.StatusError
	if errors.As(err, &status) && status.ErrStatus.Details != nil && len(status.ErrStatus.Details.Causes) > 0 {
		return status.ErrStatus.Details.Causes[0].Field
	}
	field, _, _ := strings.Cut(err.Error(), ": ")
	return field
}
