package apiserver

import (
	"context"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// admitOptions takes what a client sends to a subresource that is no part of the object (an Eviction, PodExecOptions)
// through admission.
func (s *Server) admitOptions(ctx context.Context, c *call, op api.Operation, options *unstructured.Unstructured) error {
	a := c.attributes(op, options, nil)
	a.Kind = options.GroupVersionKind()
	a.UID = s.ids.UID("AdmissionReview", c.namespace, c.res.gvr.Resource+"/"+c.name)
	if _, err := s.mutate(ctx, c, a); err != nil {
		return err
	}
	return s.admit(ctx, c, a)
}

// connectOptions are the options by which a client connects to a container or its ports, as an object; nil for
// subresources to which nobody connects.
func connectOptions(subresource string, query url.Values) *unstructured.Unstructured {
	kinds := map[string]string{"exec": "PodExecOptions", "attach": "PodAttachOptions", "portforward": "PodPortForwardOptions"}
	kind, ok := kinds[subresource]
	if !ok {
		return nil
	}
	content := map[string]any{}
	for _, name := range []string{"stdin", "stdout", "stderr", "tty"} {
		if set, _ := strconv.ParseBool(query.Get(name)); set {
			content[name] = true
		}
	}
	if container := query.Get("container"); container != "" {
		content["container"] = container
	}
	if command := query["command"]; len(command) > 0 {
		content["command"] = anySlice(command)
	}
	out := &unstructured.Unstructured{Object: content}
	out.SetGroupVersionKind(schema.GroupVersionKind{Version: corev1.SchemeGroupVersion.Version, Kind: kind})
	return out
}

func anySlice(list []string) []any {
	out := make([]any, 0, len(list))
	for _, value := range list {
		out = append(out, value)
	}
	return out
}
