package kyverno

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// TestScenarios plays the stories of testdata/scenarios on a cluster with Kyverno. A story is a list of files, taken in
// their order:
//
//	all-allowed               lets Kyverno's controllers do everything
//	may-clean-up              lets the clean-up controller delete objects of a resource
//	policies                  stores policies and waits until they are in force
//	apply                     creates or replaces objects; the first refusal ends it
//	dry-run                   creates an object with dryRun
//	delete KIND NAMESPACE/NAME
//	step DURATION             the clock goes on, and what has a time does its work
//	answer                    what the last apply, dry-run or delete was answered; empty: it was done
//	report KIND NAMESPACE/NAME  the report on an object, a line for each result
//	properties KIND NAMESPACE/NAME  the properties of the results of that report
//	events NAMESPACE          the events of violations and failures that came since the last time they were asked for
//	labels KIND NAMESPACE/NAME  the labels of a stored object, without those that hold a UID
//	data KIND NAMESPACE/NAME  the data of a stored object, or "absent"
//	status KIND NAMESPACE/NAME  the status of a stored object
//	webhooks validating | mutating  the webhooks for resources, without what all have
//
// The last eight are compared with what the cluster gives, and written by -update.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &story{testCluster: newKyvernoCluster(t), told: map[string]int{}}
			for i := range archive.Files {
				s.play(&archive.Files[i])
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// mayCleanUp lets the clean-up controller delete objects of a resource.
const mayCleanUp = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: clean-%[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: clean-%[1]s}
subjects: [{kind: ServiceAccount, name: kyverno-cleanup-controller, namespace: kyverno}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: clean-%[1]s}
rules: [{apiGroups: [""], resources: [%[1]s], verbs: [get, list, watch, delete]}]
`

// story is a scenario that is being played.
type story struct {
	*testCluster
	answer string
	told   map[string]int // events that were asked for, by namespace
}

func (s *story) play(file *txtar.File) {
	s.t.Helper()
	verb, argument, _ := strings.Cut(file.Name, " ")
	text := string(file.Data)
	switch verb {
	case "all-allowed":
		s.mustApply(allAllowed)
	case "may-clean-up":
		s.mustApply(fmt.Sprintf(mayCleanUp, strings.TrimSpace(text)))
	case "policies":
		s.applyPolicies(text)
	case "apply":
		s.done(s.apply(text))
	case "dry-run":
		object := parseObjects(s.t, text)[0]
		_, err := s.client.Create(s.t.Context(), s.resourceOf(object), object, metav1.CreateOptions{DryRun: []string{"All"}})
		s.done(err)
	case "delete":
		gvr, namespace, name := s.target(argument)
		s.done(s.client.Delete(s.t.Context(), gvr, namespace, name, metav1.DeleteOptions{}))
	case "step":
		s.step(argument)
	default:
		s.compare(file, s.observe(verb, argument))
	}
}

func (s *story) done(err error) {
	s.t.Helper()
	s.answer = ""
	if err != nil {
		s.answer = strings.TrimRight(err.Error(), "\n") + "\n"
	}
	s.settle()
}

// step lets the clock go on.
func (s *story) step(duration string) {
	s.t.Helper()
	d, err := time.ParseDuration(duration)
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock.Step(d)
	s.settle()
}

// observe returns what the cluster has to say.
func (s *story) observe(verb, argument string) string {
	s.t.Helper()
	switch verb {
	case "answer":
		return s.answer
	case "events":
		all := s.eventsIn(argument)
		fresh := slices.Clone(all[s.told[argument]:])
		s.told[argument] = len(all)
		slices.Sort(fresh)
		return lines(fresh)
	}
	if verb == "webhooks" {
		return s.webhooks(argument)
	}
	gvr, namespace, name := s.target(argument)
	switch verb {
	case "report":
		return s.reportOn(gvr, namespace, name)
	case "properties":
		return s.properties(gvr, namespace, name)
	case "labels", "data", "status":
		return s.stored(verb, gvr, namespace, name)
	}
	s.t.Fatalf("a story has no %q", verb)
	return ""
}

// stored describes the labels or the data of an object.
func (s *story) stored(what string, gvr schema.GroupVersionResource, namespace, name string) string {
	s.t.Helper()
	object, err := s.client.Get(s.t.Context(), gvr, namespace, name)
	switch {
	case apierrors.IsNotFound(err):
		return "absent\n"
	case err != nil:
		s.t.Fatal(err)
	case what != "labels":
		return asYAML(s.t, object.Object[what])
	}
	labels := object.GetLabels()
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasSuffix(key, "-uid") })
	return asYAML(s.t, labels)
}

// webhooks describes the webhooks for resources.
func (s *story) webhooks(configuration string) string {
	s.t.Helper()
	gvr, name := validatingConfigs, resourceValidatingConfig
	if configuration == "mutating" {
		gvr, name = mutatingConfigs, resourceMutatingConfig
	}
	stored, err := s.client.Get(s.t.Context(), gvr, "", name)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []any
	for _, webhook := range objects(stored.DeepCopy().Object, "webhooks") {
		delete(webhook, "admissionReviewVersions")
		webhook["path"] = nested(webhook, "clientConfig", "service")["path"]
		delete(webhook, "clientConfig")
		out = append(out, webhook)
	}
	return asYAML(s.t, out)
}

// properties describes the properties of an object's results.
func (s *story) properties(gvr schema.GroupVersionResource, namespace, name string) string {
	s.t.Helper()
	subject, err := s.client.Get(s.t.Context(), gvr, namespace, name)
	if err != nil {
		s.t.Fatal(err)
	}
	report, err := s.kyverno.storedReport(s.t.Context(), namespace, subject.GetUID())
	if err != nil {
		s.t.Fatal(err)
	}
	properties := map[string]any{}
	for _, l := range linesOf(report) {
		properties[text(l, "rule")] = l["properties"]
	}
	return asYAML(s.t, properties)
}

// target reads "Kind namespace/name"; cluster-scoped objects have no namespace before the slash.
func (s *story) target(argument string) (gvr schema.GroupVersionResource, namespace, name string) {
	s.t.Helper()
	kind, path, _ := strings.Cut(argument, " ")
	namespace, name, _ = strings.Cut(path, "/")
	found := chartDiscovery(s.t).find(kindSelector{group: "*", version: "*", kind: kind})
	if len(found) == 0 {
		s.t.Fatalf("no kind %s", kind)
	}
	return found[0].gvr, namespace, name
}

func (s *story) compare(file *txtar.File, got string) {
	s.t.Helper()
	if *update {
		file.Data = []byte(got)
		return
	}
	if diff := cmp.Diff(string(file.Data), got); diff != "" {
		s.t.Errorf("%s:\n%s", file.Name, diff)
	}
}

func lines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

func asYAML(t testing.TB, value any) string {
	t.Helper()
	data, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestEventAsStored is the whole of one event.
func TestEventAsStored(t *testing.T) {
	c := newKyvernoCluster(t)
	c.applyPolicies(requireTeam)
	if err := c.apply(pod("p", "team", "app: web")); err == nil {
		t.Fatal("the pod is not refused")
	}
	c.settle()
	stored, err := c.client.List(t.Context(), eventsResource, "default", nil)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := c.client.Get(t.Context(), clusterPolicies, "", "require-team")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(stored, func(e *unstructured.Unstructured) bool { return text(e.Object, "action") == actionBlocked })
	if at < 0 {
		t.Fatal("no event of the refusal")
	}
	event := stored[at].DeepCopy().Object
	if name := stored[at].GetName(); !strings.HasPrefix(name, "require-team.") {
		t.Errorf("the event is named %s", name)
	}
	delete(event, "metadata")
	delete(nested(event, "related"), "uid")
	want := map[string]any{
		"apiVersion": "v1", "kind": "Event", "action": "Resource Blocked", "reason": "PolicyViolation", "type": "Warning",
		"eventTime": "2026-03-01T12:00:00.000000Z", "firstTimestamp": nil, "lastTimestamp": nil, "source": map[string]any{},
		"reportingComponent": "kyverno-admission", "reportingInstance": "kyverno-admission-host",
		"involvedObject": map[string]any{"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "name": "require-team", "uid": string(policy.GetUID())},
		"related":        map[string]any{"apiVersion": "v1", "kind": "Pod", "namespace": "team", "name": "p"},
		"message":        "Pod team/p: [team] fail (blocked); validation error: Every pod names its team. rule team failed at path /metadata/labels/team/",
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
}
