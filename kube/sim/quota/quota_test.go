package quota

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return u
}

// limiting is a quota of the given resources of which nothing is used yet.
func limiting(t *testing.T, spec, used string) *corev1.ResourceQuota {
	t.Helper()
	q := &corev1.ResourceQuota{}
	q.Name = "q"
	if err := yaml.Unmarshal([]byte(spec), &q.Spec); err != nil {
		t.Fatal(err)
	}
	q.Status.Hard = q.Spec.Hard
	if err := yaml.Unmarshal([]byte(used), &q.Status.Used); err != nil {
		t.Fatal(err)
	}
	return q
}

func pod(spec string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: " + spec + "}"
}

func resourceOf(obj *unstructured.Unstructured) schema.GroupResource {
	plural := map[string]string{"Pod": "pods", "Service": "services", "PersistentVolumeClaim": "persistentvolumeclaims", "Deployment": "deployments", "Secret": "secrets"}
	return schema.GroupResource{Group: obj.GroupVersionKind().Group, Resource: plural[obj.GetKind()]}
}

func TestUsed(t *testing.T) {
	const asking = "{containers: [{name: c, resources: {requests: {cpu: 100m, memory: 1Gi, ephemeral-storage: 1Gi, vendor.com/gpu: 2, hugepages-2Mi: 4Mi}, limits: {cpu: 1, vendor.com/gpu: 2, hugepages-2Mi: 4Mi}}}]}"
	for name, test := range map[string]struct{ spec, object, want string }{
		"requests and limits": {
			"{hard: {cpu: 9, requests.cpu: 9, limits.cpu: 9, memory: 9, pods: 9, requests.ephemeral-storage: 9, count/pods: 9}}", pod(asking),
			"count/pods=1,cpu=100m,limits.cpu=1,memory=1Gi,pods=1,requests.cpu=100m,requests.ephemeral-storage=1Gi",
		},
		"devices and pages":     {"{hard: {requests.vendor.com/gpu: 9, hugepages-2Mi: 9, requests.hugepages-2Mi: 9}}", pod(asking), "hugepages-2Mi=4Mi,requests.hugepages-2Mi=4Mi,requests.vendor.com/gpu=2"},
		"the largest of inits":  {"{hard: {cpu: 9}}", pod("{initContainers: [{name: i, resources: {requests: {cpu: 3}}}, {name: j, resources: {requests: {cpu: 1}}}], containers: [{name: c, resources: {requests: {cpu: 2}}}]}"), "cpu=3"},
		"sidecars add up":       {"{hard: {cpu: 9}}", pod("{initContainers: [{name: i, restartPolicy: Always, resources: {requests: {cpu: 3}}}], containers: [{name: c, resources: {requests: {cpu: 2}}}]}"), "cpu=5"},
		"overhead":              {"{hard: {cpu: 9}}", pod("{overhead: {cpu: 250m}, containers: [{name: c, resources: {requests: {cpu: 1}}}]}"), "cpu=1250m"},
		"an ended pod":          {"{hard: {pods: 9, count/pods: 9}}", "{kind: Pod, apiVersion: v1, metadata: {name: p}, spec: {containers: []}, status: {phase: Succeeded}}", "count/pods=1,pods=0"},
		"best effort":           {"{hard: {pods: 9}, scopes: [BestEffort]}", pod("{containers: [{name: c}]}"), "pods=1"},
		"not best effort":       {"{hard: {pods: 9}, scopes: [BestEffort]}", pod(asking), "pods=0"},
		"other than that":       {"{hard: {pods: 9}, scopes: [NotBestEffort, NotTerminating]}", pod(asking), "pods=1"},
		"terminating":           {"{hard: {pods: 9}, scopes: [Terminating]}", pod("{activeDeadlineSeconds: 5, containers: []}"), "pods=1"},
		"not terminating":       {"{hard: {pods: 9}, scopes: [NotTerminating]}", pod("{activeDeadlineSeconds: 5, containers: []}"), "pods=0"},
		"priority":              {"{hard: {pods: 9}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}", pod("{priorityClassName: high, containers: []}"), "pods=1"},
		"other priority":        {"{hard: {pods: 9}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [high]}]}}", pod("{priorityClassName: high, containers: []}"), "pods=0"},
		"no priority":           {"{hard: {pods: 9}, scopes: [PriorityClass]}", pod("{containers: []}"), "pods=0"},
		"affinity at home":      {"{hard: {pods: 9}, scopes: [CrossNamespacePodAffinity]}", pod("{affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}, containers: []}"), "pods=0"},
		"affinity abroad":       {"{hard: {pods: 9}, scopes: [CrossNamespacePodAffinity]}", pod("{affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{podAffinityTerm: {topologyKey: zone, namespaces: [x]}}]}}, containers: []}"), "pods=1"},
		"unknown scope":         {"{hard: {pods: 9}, scopes: [Sunny]}", pod("{containers: []}"), "pods=0"},
		"a service in a scope":  {"{hard: {services: 9}, scopes: [BestEffort]}", "{kind: Service, apiVersion: v1}", "services=0"},
		"node ports":            {"{hard: {services: 9, services.nodeports: 9, services.loadbalancers: 9}}", "{kind: Service, apiVersion: v1, spec: {type: NodePort, ports: [{port: 1}, {port: 2}]}}", "services=1,services.loadbalancers=0,services.nodeports=2"},
		"load balancer":         {"{hard: {services.nodeports: 9, services.loadbalancers: 9}}", "{kind: Service, apiVersion: v1, spec: {type: LoadBalancer, ports: [{port: 1}]}}", "services.loadbalancers=1,services.nodeports=1"},
		"balancer alone":        {"{hard: {services.nodeports: 9, services.loadbalancers: 9}}", "{kind: Service, apiVersion: v1, spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 1}, {port: 2, nodePort: 30000}]}}", "services.loadbalancers=1,services.nodeports=1"},
		"claims":                {"{hard: {persistentvolumeclaims: 9, requests.storage: 9, count/persistentvolumeclaims: 9}}", "{kind: PersistentVolumeClaim, apiVersion: v1, spec: {resources: {requests: {storage: 1500m}}}}", "count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=2"},
		"claims of a class":     {"{hard: {gold.storageclass.storage.k8s.io/requests.storage: 9, gold.storageclass.storage.k8s.io/persistentvolumeclaims: 9, tin.storageclass.storage.k8s.io/persistentvolumeclaims: 9}}", "{kind: PersistentVolumeClaim, apiVersion: v1, spec: {storageClassName: gold, resources: {requests: {storage: 1Gi}}}}", "gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=1Gi,tin.storageclass.storage.k8s.io/persistentvolumeclaims=0"},
		"claims of attributes":  {"{hard: {persistentvolumeclaims: 9}, scopeSelector: {matchExpressions: [{scopeName: VolumeAttributesClass, operator: Exists}]}}", "{kind: PersistentVolumeClaim, apiVersion: v1, spec: {volumeAttributesClassName: fast}}", "persistentvolumeclaims=1"},
		"any kind":              {"{hard: {count/deployments.apps: 9}}", "{kind: Deployment, apiVersion: apps/v1}", "count/deployments.apps=1"},
		"a kind with two names": {"{hard: {secrets: 9, count/secrets: 9}}", "{kind: Secret, apiVersion: v1}", "count/secrets=1,secrets=1"},
		"another kind":          {"{hard: {secrets: 9}}", "{kind: Deployment, apiVersion: apps/v1}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			obj := parse(t, test.object)
			used, err := KindOf(resourceOf(obj)).Used(limiting(t, test.spec, "{}"), []*unstructured.Unstructured{obj})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, text(used)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCharge(t *testing.T) {
	asks := func(cpu string) string {
		return pod("{containers: [{name: c, resources: {requests: {cpu: " + cpu + "}}}]}")
	}
	const service, ports = "{kind: Service, apiVersion: v1}", "{kind: Service, apiVersion: v1, spec: {type: NodePort, ports: [{port: 1}, {port: 2}]}}"
	for name, test := range map[string]struct{ spec, used, object, old, want string }{
		"fits":                {"{hard: {cpu: 2, pods: 2}}", "{cpu: 1, pods: 1}", asks("500m"), "", "cpu=1500m,pods=2"},
		"fits exactly":        {"{hard: {cpu: 2}}", "{cpu: 1}", asks("1"), "", "cpu=2"},
		"too much":            {"{hard: {cpu: 2, pods: 9}}", "{cpu: 1, pods: 1}", asks("1001m"), "", "exceeded quota: q, requested: cpu=1001m, used: cpu=1, limited: cpu=2"},
		"too much of both":    {"{hard: {cpu: 2, pods: 1}}", "{cpu: 1, pods: 1}", asks("2"), "", "exceeded quota: q, requested: cpu=2,pods=1, used: cpu=1,pods=1, limited: cpu=2,pods=1"},
		"silent":              {"{hard: {requests.memory: 2, cpu: 2}}", "{requests.memory: 0, cpu: 0}", asks("1"), "", "failed quota: q: must specify requests.memory for: c"},
		"silent but as a pod": {"{hard: {cpu: 2}}", "{cpu: 0}", pod("{resources: {requests: {cpu: 1}}, containers: [{name: c}]}"), "", "cpu=1"},
		"not counted yet":     {"{hard: {cpu: 2, pods: 2}}", "{cpu: 1}", asks("1"), "", "status unknown for quota: q, resources: cpu,pods"},
		"negative":            {"{hard: {cpu: 2}}", "{cpu: 1}", asks("-1"), "", "quota usage is negative for resource(s): cpu,requests.cpu"},
		"not limited":         {"{hard: {services: 2}}", "{services: 1}", asks("1"), "", "unchanged"},
		"out of scope":        {"{hard: {pods: 0}, scopes: [BestEffort]}", "{pods: 0}", asks("1"), "", "unchanged"},
		"same as before":      {"{hard: {services: 1, services.nodeports: 1}}", "{services: 1, services.nodeports: 2}", ports, ports, "unchanged"},
		"more than before":    {"{hard: {services: 1, services.nodeports: 1}}", "{services: 1, services.nodeports: 0}", ports, service, "exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1"},
		"less than before":    {"{hard: {services: 1, services.nodeports: 1}}", "{services: 1, services.nodeports: 2}", service, ports, "unchanged"},
		"into the scope":      {"{hard: {pods: 2}, scopes: [Terminating]}", "{pods: 0}", pod("{activeDeadlineSeconds: 1, containers: []}"), pod("{containers: []}"), "pods=1"},
	} {
		t.Run(name, func(t *testing.T) {
			obj := parse(t, test.object)
			var old *unstructured.Unstructured
			if test.old != "" {
				old = parse(t, test.old)
			}
			used, changed, err := KindOf(resourceOf(obj)).Charge(limiting(t, test.spec, test.used), obj, old)
			got := text(used)
			if err != nil {
				got = err.Error()
			} else if !changed {
				got = "unchanged"
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	q := limiting(t, "{hard: {count/cronjobs.batch: 1, requests.vendor.com/gpu: 1}}", "{}")
	for of, want := range map[string]bool{"pods": true, "cronjobs.batch": true, "services": false, "jobs.batch": false} {
		if got := KindOf(schema.ParseGroupResource(of)).Counts(q); got != want {
			t.Errorf("%s: %v, want %v", of, got, want)
		}
	}
}

func TestWrongScopeOperator(t *testing.T) {
	q := limiting(t, "{hard: {pods: 1}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Near}]}}", "{pods: 0}")
	_, _, err := KindOf(pods).Charge(q, parse(t, pod("{containers: []}")), nil)
	if want := `"Near" is not a valid scope selector operator`; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
