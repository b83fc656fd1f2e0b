package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/assets/kyverno"
	"podsec/engine"
	"podsec/engine/cli/schema"
	"podsec/engine/document"
)

// readPolicies reads policies and exceptions, from files or from the cluster.
func (s *subjects) readPolicies(ctx context.Context, o *whyOptions) error {
	var found exceptionList
	if len(o.policies) > 0 {
		documents, err := readDocuments(o.policies, o.stdin)
		if err != nil {
			return err
		}
		checker := schema.New(kyverno.Specification)
		for _, d := range documents {
			switch d.Object.GetKind() {
			case "ClusterPolicy", "Policy":
				if err := unknownField(checker, d); err != nil {
					return err
				}
				s.options.Policies = append(s.options.Policies, d)
			case "PolicyException":
				found = append(found, d.Object)
			default:
				return d.Problem("kind", fmt.Sprintf("%s is no policy that can be explained", d.Object.GetKind()), "-p takes ClusterPolicies, Policies and PolicyExceptions; resources go to -f")
			}
		}
		s.options.Engine.Exceptions = found
		return nil
	}
	return s.readClusterPolicies(ctx, o)
}

// unknownField says which field of a policy its definition does not know: the API server would drop it or refuse it.
func unknownField(checker *schema.Checker, d *document.Document) error {
	err := checker.Check(d.Object)
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Details == nil {
		return nil // what else is wrong is said when the policy is compiled
	}
	for _, cause := range status.ErrStatus.Details.Causes {
		if strings.Contains(cause.Message, "unknown field") {
			return d.Problem(cause.Field, "unknown field "+cause.Field, "look for a slip of the pen; kubectl explain clusterpolicy.spec.rules shows the fields that there are")
		}
	}
	return nil
}

func (s *subjects) readClusterPolicies(ctx context.Context, o *whyOptions) error {
	for _, namespace := range append([]string{""}, s.namespaceNames()...) {
		policies, err := s.cluster.Policies(ctx, namespace)
		if err != nil {
			return err
		}
		for _, policy := range policies {
			if namespace != "" && policy.GetNamespace() == "" {
				continue
			}
			d, err := document.FromObject(policy)
			if err != nil {
				return err
			}
			s.options.Policies = append(s.options.Policies, d)
		}
	}
	var err error
	if s.unjudged, err = s.cluster.Deciders(ctx); err != nil {
		return err
	}
	found, err := s.cluster.Exceptions(ctx, o.kyverno)
	s.options.Engine.Exceptions = exceptionList(found)
	return err
}

// exceptionList is an engine.ExceptionLister.
type exceptionList []*unstructured.Unstructured

func (x exceptionList) Exceptions() []*unstructured.Unstructured { return x }

// readFilters reads the resource filters: the cluster's, or those that Kyverno is installed with.
func (s *subjects) readFilters(ctx context.Context, o *whyOptions) error {
	if o.noFilters {
		return nil
	}
	if s.cluster != nil {
		filters, err := s.cluster.Filters(ctx, o.kyverno)
		s.options.Filters = filters
		return err
	}
	manifests, err := kyverno.Manifests()
	if err != nil {
		return fmt.Errorf("read Kyverno's default filters: %w", err)
	}
	for _, object := range manifests {
		if object.GetKind() == "ConfigMap" && object.GetName() == "kyverno" {
			text, _, _ := unstructured.NestedString(object.Object, "data", "resourceFilters")
			s.options.Filters = engine.ParseResourceFilters(text)
		}
	}
	return nil
}
