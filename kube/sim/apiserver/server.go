package apiserver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/utils/clock"

	"podsec/kube/sim/api"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/rbac"
	"podsec/kube/sim/store"
)

// Options are what a server is made from.
type Options struct {
	// Kinds are the built-in kinds.
	Kinds []*api.Kind
	// Admission is the chain in its order; SetAdmission sets it later.
	Admission []api.Admission
	// Clock gives creation times and ages; nil is the machine's.
	Clock clock.PassiveClock
	// IDs gives UIDs and generated names; nil is a new source.
	IDs *ident.Source
	// Token is the bearer token that clients must send; with an empty one every request is taken as the administrator's.
	Token string
}

// Server is the API server. Its zero value is not usable; see New.
type Server struct {
	store *store.Store
	clock clock.PassiveClock
	ids   *ident.Source
	token string

	admission atomic.Pointer[[]api.Admission]
	registry  atomic.Pointer[registry]
	// generation counts the changes of what is served and of admission policies; see Catalog.
	generation atomic.Uint64
	documents  documents
	protobuf   protobufReader
	clients    precedence

	authorizer   *rbac.Authorizer
	requestInfos *request.RequestInfoFactory

	// rebuild serialises changes of the registry; builtin and customs are what it is made from.
	rebuild sync.Mutex
	builtin []*resource
	customs map[string]*customDefinition

	converter converterFunc // of built-in kinds
}

// New returns a server with an empty store. It fails when two kinds claim the same resource.
func New(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.IDs == nil {
		o.IDs = ident.New("")
	}
	s := &Server{store: store.New(), clock: o.Clock, ids: o.IDs, token: o.Token, customs: map[string]*customDefinition{}}
	s.SetAdmission(o.Admission...)
	s.authorizer, s.requestInfos = rbac.New(s.Client()), requestInfos()
	s.converter = sync.OnceValue(builtinConverter)
	for _, kind := range o.Kinds {
		s.builtin = append(s.builtin, builtinResource(kind, s.converter, o.Clock))
	}
	linkAliases(s.builtin)
	reg, err := newRegistry(s.builtin)
	if err != nil {
		return nil, fmt.Errorf("register kinds: %w", err)
	}
	s.registry.Store(reg)
	return s, nil
}

// Warm does what the first write would wait for: to parse the schema of the built-in kinds takes tens of milliseconds.
func (s *Server) Warm() { s.converter() }

// SetAdmission sets the admission chain: all steps mutate, then the object is validated, then all steps validate. It
// may be called at any time; requests under way keep the chain they began with.
func (s *Server) SetAdmission(steps ...api.Admission) { s.admission.Store(&steps) }

func (s *Server) chain() []api.Admission { return *s.admission.Load() }

// Revision returns the resourceVersion of the latest write.
func (s *Server) Revision() uint64 { return s.store.Revision() }

// Objects returns everything that is stored. The objects are shared and must not be changed.
func (s *Server) Objects() []*unstructured.Unstructured {
	items := s.store.All()
	out := make([]*unstructured.Unstructured, len(items))
	for i, item := range items {
		out[i] = item.Object()
	}
	return out
}

// Restore makes objects the whole content of the cluster in one step, without admission or validation: they are trusted
// to be what a server stored, or a cluster's first objects. Clients see the difference through their watches. Missing
// UIDs, creation times and the status of definitions are filled in. Generated names and UIDs begin anew, so that a run after Restore is
// repeatable. An object of a kind that neither is built in nor defined among objects is an error.
func (s *Server) Restore(ctx context.Context, objects []*unstructured.Unstructured) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.rebuild.Lock()
	reg, err := s.registryFor(definitionsIn(objects))
	s.rebuild.Unlock()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s.ids.Reset(uids(objects))
	content := make(map[store.Key]*unstructured.Unstructured, len(objects))
	for _, obj := range objects {
		res, ok := reg.byKind[obj.GroupVersionKind()]
		if !ok {
			return fmt.Errorf("restore %s %s: no such kind", obj.GroupVersionKind(), obj.GetName())
		}
		content[res.key(obj.GetNamespace(), obj.GetName())] = res.written(s.completed(res, obj))
	}
	s.store.Replace(content)
	s.reload()
	return nil
}

// completed fills in the metadata that every stored object has. An object that has it all is returned as it is.
func (s *Server) completed(res *resource, obj *unstructured.Unstructured) *unstructured.Unstructured {
	if obj.GetUID() != "" && !obj.GetCreationTimestamp().Time.IsZero() {
		return obj
	}
	obj = ownMetadata(obj)
	if obj.GetUID() == "" {
		obj.SetUID(s.ids.UID(res.gvk.Kind, obj.GetNamespace(), obj.GetName()))
	}
	if obj.GetCreationTimestamp().Time.IsZero() {
		obj.SetCreationTimestamp(now(s.clock))
	}
	if res.storage.resource == definitions && obj.Object["status"] == nil {
		setEstablished(obj, now(s.clock))
	}
	return obj
}

func uids(objects []*unstructured.Unstructured) []types.UID {
	var out []types.UID
	for _, obj := range objects {
		if uid := obj.GetUID(); uid != "" {
			out = append(out, uid)
		}
	}
	return out
}

// stored is called after every write: a changed definition changes what is served.
func (s *Server) stored(res *resource) {
	switch {
	case res.storage.resource == definitions:
		s.reload()
	case res.gvr.Group == admissionv1.GroupName:
		s.generation.Add(1)
	}
}

// definitions is where CustomResourceDefinitions are stored.
var definitions = schema.GroupResource{Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"}
