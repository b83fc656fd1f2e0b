package apiserver

import (
	"net/http"
	"slices"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
)

// answer sends the object that a write left, in the form that was asked for.
func (s *Server) answer(out *response, c *call, code int, obj *unstructured.Unstructured, err error) {
	if err != nil {
		out.fail(err)
		return
	}
	f, err := formOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	body, err := s.encode(c, f, obj)
	if err != nil {
		out.fail(err)
		return
	}
	out.raw(code, body)
}

// encode encodes what a write left. When it is what is stored, others need the same encoding: watches, and the store.
func (s *Server) encode(c *call, f form, obj *unstructured.Unstructured) ([]byte, error) {
	e := s.encoder(c.res, f)
	if item, err := s.store.Get(c.res.key(c.namespace, c.name)); err == nil && c.res.read(item) == obj {
		return e.item(item)
	}
	return e.object(obj)
}

// readObject reads a write's options and the object in its body.
func (s *Server) readObject(c *call, r *http.Request) (*unstructured.Unstructured, error) {
	validation, err := c.writeOptions(r)
	if err != nil {
		return nil, err
	}
	body, err := s.readDocument(r)
	if err != nil {
		return nil, err
	}
	obj, err := c.decode(body, validation)
	c.decoded = err == nil
	return obj, err
}

func (s *Server) serveCreate(out *response, c *call) {
	if c.res.namespaced && c.namespace == "" {
		out.fail(methodNotAllowed())
		return
	}
	obj, err := s.readObject(c, out.r)
	if err == nil {
		obj, err = s.create(out.r.Context(), c, obj)
	}
	s.answer(out, c, http.StatusCreated, obj, err)
}

func (s *Server) serveUpdate(out *response, c *call) {
	obj, err := s.readObject(c, out.r)
	if err == nil {
		err = c.named(obj)
	}
	if err == nil {
		obj, err = s.update(out.r.Context(), c, replaceWith(obj))
	}
	s.answer(out, c, http.StatusOK, obj, err)
}

// preservedPods is what kube-apiserver's registry of Jobs says to a deletion that names no policy.
const preservedPods = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"

func (s *Server) serveDelete(out *response, c *call) {
	opts, err := s.deleteOptions(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	c.dryRun = slices.Contains(opts.DryRun, metav1.DryRunAll)
	if c.res.gvr.GroupResource().String() == "jobs.batch" && opts.PropagationPolicy == nil && opts.OrphanDependents == nil { //nolint:staticcheck // still part of the protocol
		c.warn(preservedPods)
	}
	obj, gone, err := s.delete(out.r.Context(), c, opts)
	if err != nil || !gone || returnsDeleted(c.res.gvk) {
		s.answer(out, c, http.StatusOK, obj, err)
		return
	}
	out.json(http.StatusOK, metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess,
		Details: &metav1.StatusDetails{Name: c.name, Group: c.res.gvr.Group, Kind: c.res.gvr.Resource, UID: obj.GetUID()},
	})
}

// returnsDeleted says whether a deletion answers with the object rather than with a Status; the kinds are those whose
// registries set ReturnDeletedObject.
func returnsDeleted(gvk schema.GroupVersionKind) bool {
	return gvk.Group == "" && slices.Contains([]string{"Pod", "Service", "ServiceAccount", "PersistentVolume", "PersistentVolumeClaim", "PodTemplate", "ResourceQuota"}, gvk.Kind)
}

// deleteOptions reads the options of a deletion from its body, or else from its query.
func (s *Server) deleteOptions(r *http.Request) (metav1.DeleteOptions, error) {
	opts := metav1.DeleteOptions{}
	body, err := s.readDocument(r)
	if err != nil {
		return opts, err
	}
	if len(body) > 0 {
		if err := kjson.UnmarshalCaseSensitivePreserveInts(body, &opts); err != nil {
			return opts, apierrors.NewBadRequest("error decoding DeleteOptions: " + err.Error())
		}
		return opts, nil
	}
	query := r.URL.Query()
	opts.DryRun = query["dryRun"]
	if text := query.Get("propagationPolicy"); text != "" {
		policy := metav1.DeletionPropagation(text)
		opts.PropagationPolicy = &policy
	}
	if text := query.Get("gracePeriodSeconds"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return opts, apierrors.NewBadRequest(err.Error())
		}
		opts.GracePeriodSeconds = &seconds
	}
	return opts, nil
}

// serveDeleteCollection deletes each selected object as if it had been asked for alone.
func (s *Server) serveDeleteCollection(out *response, c *call) {
	if c.res.namespaced && c.namespace == "" {
		out.nowhere(c)
		return
	}
	opts, err := s.deleteOptions(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	sel, err := selectionOf(c, out.r.URL.Query())
	if err != nil {
		out.fail(err)
		return
	}
	items, revision := s.list(c.res, sel)
	for _, item := range items {
		one := *c
		one.namespace, one.name = item.Key.Namespace, item.Key.Name
		one.dryRun = slices.Contains(opts.DryRun, metav1.DryRunAll)
		_, _, err := s.delete(out.r.Context(), &one, opts)
		c.warn(one.warnings...)
		if err != nil && !apierrors.IsNotFound(err) {
			out.fail(err)
			return
		}
	}
	f, err := formOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	body, err := s.encoder(c.res, f).list(items, metav1.ListMeta{ResourceVersion: strconv.FormatUint(revision, 10)})
	if err != nil {
		out.fail(err)
		return
	}
	out.raw(http.StatusOK, body)
}
