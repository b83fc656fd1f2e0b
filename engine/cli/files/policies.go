package files

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
)

// Policies are the policies of some files, by what they are, in the order of the files.
type Policies struct {
	Kyverno           []*engine.Policy // ClusterPolicy and Policy of kyverno.io
	CEL               []*unstructured.Unstructured
	Admission         []*unstructured.Unstructured // ValidatingAdmissionPolicy
	AdmissionBindings []*unstructured.Unstructured
	Mutating          []*unstructured.Unstructured // MutatingAdmissionPolicy
	MutatingBindings  []*unstructured.Unstructured
	Cleanup           []*unstructured.Unstructured
	Exceptions        []*unstructured.Unstructured
	// Errors are of documents that were passed over; Warnings say what is deprecated.
	Errors, Warnings []Note
	origins          map[*unstructured.Unstructured]origin
}

// Note is something to say of a file; Path is where, with the line and column when they are known, Hint what to do about it.
type Note struct {
	Path, Text, Hint string
	err              error
}

// Count returns how many policies there are; bindings and exceptions are none.
func (p *Policies) Count() int {
	return len(p.Kyverno) + len(p.CEL) + len(p.Admission) + len(p.Mutating)
}

// HasCEL says whether there are policies that are written in CEL alone.
func (p *Policies) HasCEL() bool { return len(p.CEL)+len(p.Admission)+len(p.Mutating) > 0 }

// NewPolicies are none yet.
func NewPolicies() *Policies { return &Policies{origins: map[*unstructured.Unstructured]origin{}} }

// Policies reads policies from files, folders (with the folders in them), URLs and standard input ("-"). Documents that
// are no policies are in Errors; unknown fields are an error.
func (s *Source) Policies(names []string) (*Policies, error) {
	out := NewPolicies()
	for _, name := range names {
		if err := s.loadPolicies(out, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Source) loadPolicies(out *Policies, name string) error {
	switch {
	case s.isStdin(name):
		data, err := s.readStdin()
		if err != nil {
			return err
		}
		return s.parsePolicies(out, "-", data)
	case IsURL(name):
		data, err := s.Read(name)
		if err != nil {
			return fmt.Errorf("failed to process %v: %w", name, err)
		}
		return s.parsePolicies(out, name, data)
	}
	return s.walk(out, name)
}

// walk reads a file or, recursively, a folder; hidden ones are passed over.
func (s *Source) walk(out *Policies, name string) error {
	info, err := os.Stat(filepath.Clean(name))
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(info.Name(), "."):
		return nil
	case info.IsDir():
		entries, err := os.ReadDir(name)
		if err != nil {
			return fmt.Errorf("failed to read %s: %w", name, err)
		}
		for _, entry := range entries {
			if err := s.walk(out, filepath.Join(name, entry.Name())); err != nil {
				return fmt.Errorf("failed to load %s: %w", name, err)
			}
		}
	case isYAML(info.Name()):
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return fmt.Errorf("failed to read file %s: %w", name, err)
		}
		if err := s.parsePolicies(out, name, data); err != nil {
			return fmt.Errorf("failed to load file %s: %w", name, err)
		}
	}
	return nil
}

func (s *Source) parsePolicies(out *Policies, name string, data []byte) error {
	documents, err := Documents(data)
	if err != nil {
		return err
	}
	for _, document := range documents {
		known := len(out.Errors)
		if err := s.parsePolicy(out, origin{name, data, document}); err != nil {
			return place(name, data, document, err)
		}
		for i := known; i < len(out.Errors); i++ {
			problem := place(name, data, document, out.Errors[i].err)
			out.Errors[i].Path, out.Errors[i].Text, out.Errors[i].Hint = problem.Place(), problem.Message, problem.Hint
		}
	}
	return nil
}

func (s *Source) parsePolicy(out *Policies, from origin) error {
	found, err := object(from.text)
	if err != nil {
		out.fail(from.name, err)
		return nil
	}
	if found.IsList() {
		return out.addList(from.name, found)
	}
	if s.Schema != nil {
		if err := s.Schema(found); err != nil {
			if strings.Contains(err.Error(), "value provided for unknown field") {
				return err
			}
			out.fail(from.name, err)
			return nil
		}
	}
	kind := found.GroupVersionKind()
	switch {
	case out.add(from.name, found):
		out.origins[found] = from
	case !builtIn(kind.Group) && s.Schema != nil: // nothing is known of it, not even that it is no policy
		out.fail(from.name, fmt.Errorf("failed to parse document (failed to retrieve validator: failed to locate OpenAPI spec for GV: %s)", kind.GroupVersion()))
	default:
		return fmt.Errorf("policy type not supported %s", kind)
	}
	return nil
}

// builtIn says whether a group is one of Kubernetes or of Kyverno.
func builtIn(group string) bool {
	return !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") || strings.HasSuffix(group, "kyverno.io")
}

func (p *Policies) fail(name string, err error) {
	p.Errors = append(p.Errors, Note{Path: name, Text: err.Error(), err: err})
}

// addList adds the items of a v1 List.
func (p *Policies) addList(name string, list *unstructured.Unstructured) error {
	items, err := list.ToList()
	if err != nil {
		p.fail(name, fmt.Errorf("failed to process List: %w", err))
		return nil
	}
	for i := range items.Items {
		item := &items.Items[i]
		if !p.add(name, item) {
			p.fail(name, fmt.Errorf("failed to process List item %d: policy type not supported %s", i, item.GroupVersionKind()))
		}
	}
	return nil
}

// Merge adds the policies of other files.
func (p *Policies) Merge(o *Policies) {
	p.Kyverno = append(p.Kyverno, o.Kyverno...)
	p.CEL = append(p.CEL, o.CEL...)
	p.Admission = append(p.Admission, o.Admission...)
	p.AdmissionBindings = append(p.AdmissionBindings, o.AdmissionBindings...)
	p.Mutating = append(p.Mutating, o.Mutating...)
	p.MutatingBindings = append(p.MutatingBindings, o.MutatingBindings...)
	p.Cleanup = append(p.Cleanup, o.Cleanup...)
	p.Exceptions = append(p.Exceptions, o.Exceptions...)
	p.Errors = append(p.Errors, o.Errors...)
	p.Warnings = append(p.Warnings, o.Warnings...)
	maps.Copy(p.origins, o.origins)
}
