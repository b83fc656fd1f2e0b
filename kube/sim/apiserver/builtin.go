package apiserver

import (
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"

	"podsec/kube/sim/api"
)

// builtinResource makes the served resource of a built-in kind.
func builtinResource(kind *api.Kind, converter converterFunc, clock clock.PassiveClock) *resource {
	if !scheme.Scheme.Recognizes(kind.GVK) {
		// client-go has no apply configuration for it: fields are tracked by what the object looks like.
		converter = managedfields.NewDeducedTypeConverter
	}
	if kind.GVR().GroupResource() == definitions {
		kind = establishing(kind, clock)
	}
	res := &resource{
		gvk: kind.GVK, gvr: kind.GVR(), listKind: kind.GVK.Kind + "List", singular: kind.Singular,
		shortNames: kind.ShortNames, categories: kind.Categories, namespaced: kind.Namespaced,
		verbs: kind.Verbs, status: kind.Status, selectable: builtinSelectors(kind.GVK),
		storage: storage{resource: kind.GVR().GroupResource()},
		model:   typedModel{kind: kind},
		fields:  newFieldManagers(kind.GVK, kind.Status, converter, clock),
	}
	res.fields.blank = sync.OnceValue(func() map[string]any { return blankOf(kind) })
	if res.singular == "" {
		res.singular = strings.ToLower(kind.GVK.Kind)
	}
	if res.verbs == nil {
		res.verbs = allVerbs()
	}
	switch kind.GVK {
	case corev1.SchemeGroupVersion.WithKind("Endpoints"):
		res.deprecation = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
	case corev1.SchemeGroupVersion.WithKind("ComponentStatus"):
		res.deprecation = "v1 ComponentStatus is deprecated in v1.19+"
	}
	if kind.Scale {
		res.scale = &scalePaths{spec: []string{"spec", "replicas"}, status: []string{"status", "replicas"}, selector: []string{"spec", "selector"}}
	}
	return res
}

func blankOf(kind *api.Kind) map[string]any {
	blank, err := runtime.DefaultUnstructuredConverter.ToUnstructured(kind.New())
	if err != nil {
		return nil
	}
	return blank
}

// builtinConverter returns the schemas of client-go's types.
func builtinConverter() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(scheme.Scheme)
}

// linkAliases makes resources that are the same objects in two API groups or versions share their storage:
// events.k8s.io Events are stored as core ones, autoscaling/v1 as v2.
func linkAliases(resources []*resource) {
	core := schema.GroupResource{Resource: "events"}
	for _, res := range resources {
		if res.gvk.Kind == "HorizontalPodAutoscaler" && res.gvr.Version == "v1" {
			res.storage.decode, res.storage.encode = oldAutoscaler, newAutoscaler
		}
		if res.gvr.Group == "events.k8s.io" && res.gvr.Resource == "events" {
			res.storage = storage{resource: core, decode: newStyleEvent, encode: coreEvent}
		}
	}
}

// eventFields maps the fields of events.k8s.io/v1 Event to those of v1 Event (k8s.io/kubernetes/pkg/apis/events/v1).
func eventFields() map[string]string {
	return map[string]string{
		"regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent",
		"deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
		"deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count",
	}
}

func coreEvent(obj *unstructured.Unstructured) *unstructured.Unstructured {
	return renamed(obj, "v1", eventFields())
}

func newStyleEvent(obj *unstructured.Unstructured) *unstructured.Unstructured {
	back := map[string]string{}
	for to, from := range eventFields() {
		back[from] = to
	}
	return renamed(obj, "events.k8s.io/v1", back)
}

// renamed returns obj in another version with some of its top-level fields renamed.
func renamed(obj *unstructured.Unstructured, apiVersion string, names map[string]string) *unstructured.Unstructured {
	content := make(map[string]any, len(obj.Object))
	for name, value := range obj.Object {
		if to, ok := names[name]; ok {
			name = to
		}
		content[name] = value
	}
	content["apiVersion"] = apiVersion
	return ownMetadata(&unstructured.Unstructured{Object: content})
}

// builtinSelectors returns the field selectors that a kind supports beyond its name and namespace.
func builtinSelectors(gvk schema.GroupVersionKind) []string {
	switch gvk.GroupKind().String() {
	case "Pod":
		return []string{
			"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
			"status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName",
		}
	case "Event":
		return append(involved("involvedObject"), "reason", "reportingComponent", "source", "type")
	case "Event.events.k8s.io":
		return append(involved("regarding"), "reason", "reportingController", "type")
	case "Secret":
		return []string{"type"}
	case "Namespace":
		return []string{"status.phase"}
	case "Node":
		return []string{"spec.unschedulable"}
	case "Service":
		return []string{"spec.clusterIP", "spec.type"}
	case "ReplicationController":
		return []string{"status.replicas"}
	case "Job.batch":
		return []string{"status.successful"}
	}
	return nil
}

func involved(prefix string) []string {
	var out []string
	for _, name := range []string{"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"} {
		out = append(out, prefix+"."+name)
	}
	return out
}
