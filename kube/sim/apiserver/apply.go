package apiserver

import (
	"context"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/store"
)

// serveApply serves server-side apply.
func (s *Server) serveApply(out *response, c *call, validation string) {
	query := out.r.URL.Query()
	applied, err := c.readApplied(out.r, validation)
	if err != nil {
		out.fail(err)
		return
	}
	obj, created, err := s.apply(out.r.Context(), c, applied, isTrue(query.Get("force")), validation)
	code := http.StatusOK
	if created {
		code = http.StatusCreated
	}
	s.answer(out, c, code, obj, err)
}

// readApplied reads the configuration to apply: any YAML or JSON document, checked for duplicate keys.
func (c *call) readApplied(r *http.Request, validation string) (*unstructured.Unstructured, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	text, err := yaml.YAMLToJSONStrict(body)
	if err != nil {
		if validation == metav1.FieldValidationStrict {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
		}
		c.warn(err.Error())
		if text, err = yaml.YAMLToJSON(body); err != nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
		}
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(text); err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	if obj.GroupVersionKind() != c.res.gvk {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("Incorrect version specified in apply patch. Specified patch version: %s, expected: %s", obj.GroupVersionKind(), c.res.gvk))
	}
	return obj, nil
}

// apply merges a configuration into the stored object, or creates it.
func (s *Server) apply(ctx context.Context, c *call, applied *unstructured.Unstructured, force bool, validation string) (_ *unstructured.Unstructured, created bool, _ error) {
	if err := c.inNamespace(applied); err != nil {
		return nil, false, err
	}
	_, err := s.store.Get(c.res.key(c.namespace, c.name))
	if err == store.ErrNotFound && c.subresource == "" {
		if err := c.named(applied); err != nil {
			return nil, false, err
		}
		obj, err := c.merged(nil, applied, force, validation)
		if err != nil {
			return nil, false, err
		}
		obj, err = s.createManaged(ctx, c, obj)
		return obj, true, err
	}
	if applied.GetName() == "" { // what is there has its name
		applied.SetName(c.name)
	}
	obj, err := s.update(ctx, c, change{managed: true, patch: true, build: func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		return c.merged(old, applied, force, validation)
	}})
	return obj, false, err
}

// merged applies a configuration to one state of the object.
func (c *call) merged(old, applied *unstructured.Unstructured, force bool, validation string) (*unstructured.Unstructured, error) {
	obj, err := c.res.fields.apply(old, applied.DeepCopy(), c.manager, c.subresource, force)
	if err != nil {
		return nil, asStatus(err)
	}
	if obj == nil {
		return old, nil
	}
	refuse := func(err error) error {
		return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", c.res.gvk.Kind, c.res.gvk.Version, c.res.gvk.Kind, err))
	}
	out, strict, err := c.res.model.convert(obj.DeepCopy().Object)
	if err != nil {
		return nil, refuse(err)
	}
	return out, c.strictly(validation, strict, refuse)
}
