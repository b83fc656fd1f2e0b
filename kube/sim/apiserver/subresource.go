package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"podsec/kube/sim/api"
)

// subresource describes one for discovery.
type subresource struct {
	name  string
	gvk   schema.GroupVersionKind // of what it takes and gives
	verbs []string
}

// subresources lists what is served below a resource.
func (r *resource) subresources() []subresource {
	var out []subresource
	write := []string{"get", "patch", "update"}
	switch r.gvr.GroupResource().String() {
	case "pods":
		out = append(out,
			subresource{"attach", schema.GroupVersionKind{Version: "v1", Kind: "PodAttachOptions"}, []string{"create", "get"}},
			subresource{"binding", schema.GroupVersionKind{Version: "v1", Kind: "Binding"}, []string{"create"}},
			subresource{"ephemeralcontainers", r.gvk, write},
			subresource{"eviction", schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "Eviction"}, []string{"create"}},
			subresource{"exec", schema.GroupVersionKind{Version: "v1", Kind: "PodExecOptions"}, []string{"create", "get"}},
			subresource{"log", r.gvk, []string{"get"}},
			subresource{"resize", r.gvk, write},
			subresource{"portforward", schema.GroupVersionKind{Version: "v1", Kind: "PodPortForwardOptions"}, []string{"create", "get"}},
		)
	case "certificatesigningrequests.certificates.k8s.io":
		out = append(out, subresource{"approval", r.gvk, write})
	case "namespaces":
		out = append(out, subresource{"finalize", r.gvk, []string{"update"}})
	case "serviceaccounts":
		out = append(out, subresource{"token", schema.GroupVersionKind{Group: "authentication.k8s.io", Version: "v1", Kind: "TokenRequest"}, []string{"create"}})
	}
	if r.scale != nil {
		out = append(out, subresource{"scale", scaleKind(), write})
	}
	if r.status {
		out = append(out, subresource{"status", r.gvk, write})
	}
	return out
}

// serveSubresource serves what is below an object.
func (s *Server) serveSubresource(out *response, c *call) {
	all := c.res.subresources()
	i := slices.IndexFunc(all, func(sub subresource) bool { return sub.name == c.subresource })
	switch {
	case i < 0 && c.res.isCustom():
		out.fail(apierrors.NewNotFound(c.res.gvr.GroupResource(), c.name))
		return
	case i < 0:
		out.fail(noSuchResource())
		return
	}
	if !slices.Contains(all[i].verbs, subresourceVerb(out.r)) {
		out.fail(methodNotAllowed())
		return
	}
	switch c.subresource {
	case "scale":
		s.serveScale(out, c)
	case "binding":
		s.serveBinding(out, c)
	case "eviction":
		s.serveEviction(out, c)
	case "token":
		s.serveToken(out, c)
	case "log", "exec", "attach", "portforward":
		s.serveContainer(out, c)
	default:
		s.servePart(out, c)
	}
}

func subresourceVerb(r *http.Request) string {
	switch r.Method {
	case http.MethodGet:
		return "get"
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	}
	return r.Method
}

// servePart serves a subresource that is a part of the object itself: status, finalize, ephemeralcontainers.
func (s *Server) servePart(out *response, c *call) {
	switch out.r.Method {
	case http.MethodGet:
		s.serveGet(out, c)
	case http.MethodPut:
		s.serveUpdate(out, c)
	default:
		s.servePatch(out, c)
	}
}

// serveContainer answers what needs a running container. The simulated nodes run none; a pod that is not there is
// NotFound, and who may not connect is told so first.
func (s *Server) serveContainer(out *response, c *call) {
	if options := connectOptions(c.subresource, out.r.URL.Query()); options != nil {
		if err := s.admitOptions(out.r.Context(), c, api.Connect, options); err != nil {
			out.fail(err)
			return
		}
	}
	pod, err := s.get(c)
	if err != nil {
		out.fail(err)
		return
	}
	name := out.r.URL.Query().Get("container")
	if name == "" {
		name = firstContainer(pod)
	}
	out.fail(apierrors.NewBadRequest(fmt.Sprintf(
		"container %q in pod %q is simulated: its image does not run, so there is nothing to %s", name, c.name, containerVerb(c.subresource))))
}

func containerVerb(sub string) string {
	switch sub {
	case "log":
		return "read logs from"
	case "portforward":
		return "forward a port to"
	}
	return sub + " in"
}

func firstContainer(pod *unstructured.Unstructured) string {
	containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
	if len(containers) == 0 {
		return ""
	}
	first, _ := containers[0].(map[string]any)
	name, _ := first["name"].(string)
	return name
}

// serveBinding gives a pod to a node, as a scheduler asks.
func (s *Server) serveBinding(out *response, c *call) {
	var binding struct {
		Target struct {
			Name string `json:"name"`
		} `json:"target"`
	}
	if err := s.readInto(c, out.r, &binding); err != nil {
		out.fail(err)
		return
	}
	if binding.Target.Name == "" {
		out.fail(apierrors.NewBadRequest("target.name: Required value"))
		return
	}
	_, err := s.bind(out.r.Context(), c, binding.Target.Name)
	s.succeed(out, err)
}

// bindPod is the older way to bind: the binding has the pod's name.
func bindPod(ctx context.Context, s *Server, by asker, b *corev1.Binding) error {
	if b.Target.Name == "" {
		return apierrors.NewBadRequest("target.name: Required value")
	}
	res, ok := s.registry.Load().byResource[corev1.SchemeGroupVersion.WithResource("pods")]
	if !ok {
		return unknownResource()
	}
	c := &call{res: res, namespace: by.namespace, name: b.Name, subresource: "binding", user: by.user, outside: true}
	_, err := s.bind(ctx, c, b.Target.Name)
	return err
}

func (s *Server) bind(ctx context.Context, c *call, node string) (*unstructured.Unstructured, error) {
	return s.update(ctx, c, change{patch: true, build: func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		if have, _, _ := unstructured.NestedString(old.Object, "spec", "nodeName"); have != "" {
			return nil, apierrors.NewConflict(schema.GroupResource{Resource: "pods/binding"}, c.name, fmt.Errorf("pod %s is already assigned to node %q", c.name, have))
		}
		obj := old.DeepCopy()
		return obj, unstructured.SetNestedField(obj.Object, node, "spec", "nodeName")
	}})
}

// readInto reads a write's options and its body into a struct.
func (s *Server) readInto(c *call, r *http.Request, into any) error {
	if _, err := c.writeOptions(r); err != nil {
		return err
	}
	body, err := s.readDocument(r)
	if err != nil {
		return err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, into); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	return nil
}

// succeed answers with a Status of success, or with the error.
func (s *Server) succeed(out *response, err error) {
	if err != nil {
		out.fail(err)
		return
	}
	out.json(http.StatusCreated, metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess, Code: http.StatusCreated,
	})
}
