package files

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// Policies reads policies from files, folders (with the folders in them), URLs and standard input ("-"). Documents that
// are no policies are in Errors; unknown fields are an error.
func (s *Source) Policies(names []string) (*Policies, error) {
	out := &Policies{origins: map[*unstructured.Unstructured]origin{}}
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

// celKinds are the kinds of policies.kyverno.io; each has a namespaced form.
var celKinds = []string{
	"ValidatingPolicy", "MutatingPolicy", "GeneratingPolicy", "DeletingPolicy", "ImageValidatingPolicy",
}

// add sorts a policy in; false says that its kind is none of a policy.
func (p *Policies) add(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	if text, ok := deprecation(kind); ok {
		p.Warnings = append(p.Warnings, Note{Path: name, Text: text})
	}
	switch kind.Group {
	case "kyverno.io":
		return p.addKyverno(name, object)
	case "admissionregistration.k8s.io":
		return p.addAdmission(name, object)
	case "policies.kyverno.io":
		switch {
		case kind.Kind == "PolicyException":
			p.Exceptions = append(p.Exceptions, object)
		case slices.Contains(celKinds, strings.TrimPrefix(kind.Kind, "Namespaced")):
			p.CEL = append(p.CEL, object)
		default:
			return false
		}
		return true
	}
	return false
}

func (p *Policies) addKyverno(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	switch kind.Kind {
	case "ClusterPolicy", "Policy":
		if kind.Version != "v1" && kind.Version != "v2beta1" {
			return false
		}
		policy, err := engine.Compile(object)
		if err != nil {
			p.fail(name, err)
			return true
		}
		p.Kyverno = append(p.Kyverno, policy)
	case "PolicyException":
		p.Exceptions = append(p.Exceptions, object)
	case "CleanupPolicy", "ClusterCleanupPolicy":
		p.Cleanup = append(p.Cleanup, object)
	default:
		return false
	}
	return true
}

// addAdmission adds a policy of the API server, in the one version that the Kyverno CLI 1.19 takes.
func (p *Policies) addAdmission(name string, object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	switch {
	case strings.HasPrefix(kind.Kind, "Validating") && kind.Version != "v1":
		return false
	case strings.HasPrefix(kind.Kind, "MutatingAdmissionPolicy") && kind.Version != "v1alpha1":
		p.fail(name, fmt.Errorf("failed to parse document (failed to retrieve validator: kind %s not found in %s groupversion)", kind.Kind, kind.GroupVersion()))
		return true
	}
	switch kind.Kind {
	case "ValidatingAdmissionPolicy":
		p.Admission = append(p.Admission, object)
	case "ValidatingAdmissionPolicyBinding":
		p.AdmissionBindings = append(p.AdmissionBindings, object)
	case "MutatingAdmissionPolicy":
		p.Mutating = append(p.Mutating, object)
	case "MutatingAdmissionPolicyBinding":
		p.MutatingBindings = append(p.MutatingBindings, object)
	default:
		return false
	}
	return true
}

// NotEvaluated are the policies of kinds that podsec does not evaluate: "kind name".
func (p *Policies) NotEvaluated() []string {
	var names []string
	for _, object := range slices.Concat(p.CEL, p.Cleanup) {
		if slices.Contains([]string{"ValidatingPolicy", "MutatingPolicy", "DeletingPolicy"}, strings.TrimPrefix(object.GetKind(), "Namespaced")) {
			continue
		}
		names = append(names, object.GetKind()+" "+object.GetName())
	}
	return names
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
	if p.origins == nil {
		p.origins = map[*unstructured.Unstructured]origin{}
	}
	maps.Copy(p.origins, o.origins)
}
