package cli

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/document"
	whys "podsec/engine/why"
	"podsec/kube/inspect"
)

// subjects are the resources to explain, and all that is needed for it.
type subjects struct {
	resources  []*document.Document
	namespaces map[string]map[string]string // labels, of the namespaces that are known
	options    whys.Options
	request    whys.Request
	cluster    *inspect.Cluster // nil: nothing is asked of a cluster
	config     *rest.Config     // of the cluster
	unjudged   []inspect.Ref    // the cluster's policies that are not explained
}

// gather reads everything.
func gather(ctx context.Context, o *whyOptions, args []string) (*subjects, error) {
	s := &subjects{namespaces: map[string]map[string]string{}, request: o.request()}
	s.options.Engine.Now = time.Now
	if len(args) > 0 || len(o.policies) == 0 {
		if err := s.connect(o); err != nil {
			return nil, err
		}
	}
	if err := s.verifySignatures(ctx, o); err != nil {
		return nil, err
	}
	if err := s.readResources(ctx, o, args); err != nil {
		return nil, err
	}
	if err := s.readPolicies(ctx, o); err != nil {
		return nil, err
	}
	if err := s.readFilters(ctx, o); err != nil {
		return nil, err
	}
	return s, s.readNamespaces(ctx, o)
}

func (o *whyOptions) request() whys.Request {
	r := whys.Request{
		Operation: engine.Operation(o.operation), Roles: o.roles, ClusterRoles: o.clusterRoles,
		User: authenticationv1.UserInfo{Username: o.user, Groups: o.groups},
	}
	if o.old != "" {
		r.Operation = engine.Update
	}
	return r
}

// connect finds the cluster, and the namespace if none was given.
func (s *subjects) connect(o *whyOptions) error {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: o.context})
	config, err := loader.ClientConfig()
	if err != nil {
		return hinted("read kubeconfig: "+err.Error(), "give policies with -p, or say with --kubeconfig where the cluster is")
	}
	if o.namespace == "" {
		if o.namespace, _, err = loader.Namespace(); err != nil {
			return fmt.Errorf("read kubeconfig: %w", err)
		}
	}
	if s.cluster, err = inspect.New(config); err != nil {
		return err
	}
	s.config = config
	s.options.Engine.ConfigMaps, s.options.Engine.APICall = s.cluster, s.cluster
	return nil
}

// readResources reads files and objects of the cluster. Objects without a namespace get the one of the command line.
func (s *subjects) readResources(ctx context.Context, o *whyOptions, args []string) error {
	if o.namespace == "" {
		o.namespace = "default"
	}
	found, err := readDocuments(o.files, o.stdin)
	if err != nil {
		return err
	}
	for _, argument := range args {
		object, err := s.cluster.Object(ctx, argument, o.namespace)
		if err != nil {
			return err
		}
		d, err := document.FromObject(object)
		if err != nil {
			return err
		}
		found = append(found, d)
	}
	if o.old != "" {
		old, err := readDocuments([]string{o.old}, o.stdin)
		if err != nil {
			return err
		}
		if len(old) != 1 || len(found) != 1 {
			return hinted("--old needs exactly one resource on both sides", "explain one update at a time")
		}
		s.namespaced(old[0], o.namespace)
		s.request.Old = old[0].Object
	}
	for _, d := range found {
		s.namespaced(d, o.namespace)
		if d.Object.GetKind() == "Namespace" {
			s.namespaces[d.Object.GetName()] = d.Object.GetLabels()
		}
	}
	s.resources = found
	return nil
}

// namespaced puts an object where kubectl would put it.
func (s *subjects) namespaced(d *document.Document, namespace string) {
	if d.Object.GetNamespace() == "" && !files.ClusterScoped(d.Object.GroupVersionKind().GroupKind()) {
		d.Object = d.Object.DeepCopy()
		d.Object.SetNamespace(namespace)
	}
}

// namespaceNames are the namespaces of the resources, each once.
func (s *subjects) namespaceNames() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, d := range s.resources {
		if name := d.Object.GetNamespace(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// readNamespaces finds the labels of the namespaces: of the command line, of the files, of the cluster.
func (s *subjects) readNamespaces(ctx context.Context, o *whyOptions) error {
	for _, name := range s.namespaceNames() {
		if o.labelsGiven {
			s.namespaces[name] = o.namespaceLabels
			continue
		}
		if _, known := s.namespaces[name]; known || s.cluster == nil {
			continue
		}
		labels, err := s.cluster.NamespaceLabels(ctx, name)
		if err != nil {
			return err
		}
		s.namespaces[name] = labels
	}
	return nil
}
