package inspect_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/kube/sim"
)

const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/warn: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {hostNetwork: true, containers: [{name: web, image: registry.example/web}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: good
  namespace: shop
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"good","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"registry.example/good"}]}}
spec: {containers: [{name: c, image: registry.example/good}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: no-host}
spec:
  rules:
  - name: network
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {failureAction: Audit, message: no host network, pattern: {spec: {=(hostNetwork): false}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  webhookConfiguration: {failurePolicy: Ignore}
  rules:
  - name: label
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {+(team): none}}}}
---
apiVersion: kyverno.io/v1
kind: Policy
metadata: {name: own, namespace: shop, annotations: {pod-policies.kyverno.io/autogen-controllers: none}}
spec:
  rules:
  - name: levels
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {failureAction: Audit, podSecurity: {level: baseline, version: latest}}
`

// TestForTheApp reads what the terminal app shows.
func TestForTheApp(t *testing.T) {
	cluster, reader := start(t, sim.Baseline{Kyverno: true})
	apply(t, cluster, shop)
	t.Run("kinds", func(t *testing.T) { testKinds(t, reader) })
	t.Run("objects", func(t *testing.T) { testObjects(t, cluster, reader) })
	t.Run("view", func(t *testing.T) { testView(t, reader) })
	t.Run("policy", func(t *testing.T) { testPolicy(t, reader) })
	t.Run("matches", func(t *testing.T) { testMatches(t, reader) })
	t.Run("what if", func(t *testing.T) { testWhatIf(t, reader) })
	t.Run("explain", func(t *testing.T) { testExplain(t, reader) })
	t.Run("explain a command", func(t *testing.T) { testExplainCommand(t, reader) })
	t.Run("scan", func(t *testing.T) { testScan(t, reader) })
	t.Run("explain what a command did", func(t *testing.T) { testExplainDone(t, cluster, reader) })
	if !testing.Short() { // looking for fixes takes its time
		t.Run("repair", func(t *testing.T) { testRepair(t, reader) })
	}
}

func kindNamed(t *testing.T, reader *inspect.Cluster, resource string) inspect.Kind {
	t.Helper()
	kinds, err := reader.Kinds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(kinds, func(k inspect.Kind) bool { return k.Resource == resource })
	if i < 0 {
		t.Fatalf("there is no %s in %v", resource, kinds)
	}
	if kinds[i].Count != inspect.Uncounted {
		t.Errorf("%d %s before they were counted", kinds[i].Count, resource)
	}
	counted, err := reader.Count(t.Context(), kinds)
	if err != nil {
		t.Fatal(err)
	}
	return counted[i]
}

func testKinds(t *testing.T, reader *inspect.Cluster) {
	policies := kindNamed(t, reader, "clusterpolicies")
	if policies.Kind != "ClusterPolicy" || policies.Namespaced || policies.Count != 2 || policies.Ref() != "clusterpolicies.v1.kyverno.io" {
		t.Errorf("%+v", policies)
	}
	pods := kindNamed(t, reader, "pods")
	if !pods.Namespaced || pods.Count < 2 || pods.Hidden || !slices.Contains(pods.Short, "po") || pods.Ref() != "pods.v1." {
		t.Errorf("%+v", pods)
	}
}

func rowNamed(rows []inspect.Row, name string) *inspect.Row {
	for i := range rows {
		if rows[i].Name == name {
			return &rows[i]
		}
	}
	return nil
}

// testObjects lists objects as kubectl does, and follows what happens to them.
func testObjects(t *testing.T, cluster *sim.Cluster, reader *inspect.Cluster) {
	pods := kindNamed(t, reader, "pods")
	table, err := reader.Objects(t.Context(), pods, "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Columns) < 5 || table.Columns[0].Name != "Name" || table.Columns[0].Wide || !table.Columns[5].Wide {
		t.Errorf("columns %+v", table.Columns)
	}
	row := rowNamed(table.Rows, "good")
	if row == nil || row.Namespace != "shop" || row.Cells[0] != "good" || row.Created.IsZero() || row.UID == "" {
		t.Fatalf("rows %+v", table.Rows)
	}
	client, err := dynamic.NewForConfig(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	apply(t, cluster, "{apiVersion: v1, kind: Pod, metadata: {name: next, namespace: shop}, spec: {containers: [{name: c, image: i}]}}")
	next := followUntil(t, reader, pods, table.Version, func(c inspect.Changes) bool { return rowNamed(c.Put, "next") != nil })
	resource := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace("shop")
	now := int64(0)
	if err := resource.Delete(t.Context(), "next", metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		t.Fatal(err)
	}
	uid := rowNamed(next.Put, "next").UID
	followUntil(t, reader, pods, next.Version, func(c inspect.Changes) bool { return slices.Contains(c.Gone, uid) })
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := reader.Follow(ended, pods, "shop", table.Version); err == nil {
		t.Error("nobody waits any more, and that is no error")
	}
	pods.Resource = "nothings"
	if _, err := reader.Objects(t.Context(), pods, "", ""); err == nil || !strings.Contains(err.Error(), "list nothings: ") {
		t.Errorf("got %v", err)
	}
}

// followUntil follows until changes come that satisfy.
func followUntil(t *testing.T, reader *inspect.Cluster, kind inspect.Kind, version string, enough func(inspect.Changes) bool) inspect.Changes {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		changes, err := reader.Follow(ctx, kind, "shop", version)
		if err != nil {
			t.Fatal(err)
		}
		if enough(changes) {
			return changes
		}
		version = changes.Version
	}
}

func testView(t *testing.T, reader *inspect.Cluster) {
	view, err := reader.View(t.Context(), inspect.Ref{Kind: "pods.v1.", Namespace: "shop", Name: "good"})
	if err != nil {
		t.Fatal(err)
	}
	if view.Kind != "Pod" || !strings.Contains(view.YAML, "image: registry.example/good") || strings.Contains(view.YAML, "managedFields") {
		t.Errorf("%+v", view)
	}
	if !slices.Contains(view.Managers, "podsec") || !strings.Contains(view.Managed, "manager: podsec") {
		t.Errorf("managers %v:\n%s", view.Managers, view.Managed)
	}
	eventually(t, func() string { // the scheduler comes when it comes
		view, err := reader.View(t.Context(), inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "good"})
		if err != nil || !slices.ContainsFunc(view.Events, func(e inspect.Event) bool { return e.Reason == "Scheduled" && e.Count == 1 && e.From != "" }) {
			return fmt.Sprintf("events %+v, %v", view.Events, err)
		}
		return ""
	})
	if _, err := reader.View(t.Context(), inspect.Ref{Kind: "Nothing", Name: "x"}); err == nil || !strings.Contains(err.Error(), `no resource type "Nothing"`) {
		t.Errorf("got %v", err)
	}
}

func testPolicy(t *testing.T, reader *inspect.Cluster) {
	eventually(t, func() string {
		view, err := reader.Policy(t.Context(), "no-host")
		switch {
		case err != nil:
			return err.Error()
		case !view.Ready || len(view.Generated) == 0:
			return "not ready: " + view.Message
		}
		if view.Failure != "Fail" || !slices.Equal(view.Actions, []string{"Audit"}) || strings.Contains(view.YAML, "status:") {
			t.Errorf("%+v", view)
		}
		if g := view.Generated[0]; g.Name != "autogen-network" || !strings.Contains(g.YAML, "template") {
			t.Errorf("generated %+v", view.Generated)
		}
		return ""
	})
	for _, name := range []string{"team", "shop/own"} { // what follows is about policies that are in force
		eventually(t, func() string {
			if view, err := reader.Policy(t.Context(), name); err != nil || !view.Ready {
				return fmt.Sprintf("%s is not ready: %s, %v", name, view.Message, err)
			}
			return ""
		})
	}
	if view, err := reader.Policy(t.Context(), "shop/own"); err != nil || !strings.Contains(view.YAML, "kind: Policy\n") || view.Level != "baseline" || view.Version != "latest" {
		t.Errorf("%+v, %v", view, err)
	}
	if view, err := reader.Policy(t.Context(), "team"); err != nil || view.Failure != "Ignore" {
		t.Errorf("%+v, %v", view, err)
	}
}

// eventually waits until a condition has nothing to complain of.
func eventually(t *testing.T, complaint func() string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		text := complaint()
		if text == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
}

func testMatches(t *testing.T, reader *inspect.Cluster) {
	found, err := reader.Matches(t.Context(), "no-host")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]inspect.Verdict{}
	for _, m := range found.Found {
		if m.Namespace == "shop" {
			got[m.Kind+" "+m.String()] = m.Verdict
		}
	}
	want := map[string]inspect.Verdict{"Deployment shop/web": inspect.Reported, "Pod shop/good": inspect.Admitted}
	if diff := cmp.Diff(want, got); diff != "" || found.Owned == 0 {
		t.Errorf("%d owned; (-want +got):\n%s", found.Owned, diff)
	}
	mutated, err := reader.Matches(t.Context(), "team")
	if err != nil || len(mutated.Found) == 0 || mutated.Found[0].Rules[0].Outcome == why.NoMatch {
		t.Errorf("%+v, %v", mutated, err)
	}
	own, err := reader.Matches(t.Context(), "shop/own")
	for _, m := range own.Found {
		if m.Namespace != "shop" {
			t.Errorf("a Policy is about its namespace alone: %+v", m)
		}
	}
	if err != nil || len(own.Found) == 0 {
		t.Errorf("%+v, %v", own, err)
	}
	if _, err := reader.Matches(t.Context(), "none"); err == nil {
		t.Error("there is no such policy")
	}
}

// testWhatIf says what changes would do to the objects of shop.
func testWhatIf(t *testing.T, reader *inspect.Cluster) {
	web, good := "Deployment web: ", "Pod good: "
	for name, test := range map[string]struct {
		change inspect.Change
		want   []string
	}{
		"nothing":    {inspect.Change{Policy: "no-host", Action: "Audit"}, nil},
		"enforce":    {inspect.Change{Policy: "no-host", Action: "Enforce"}, []string{web + "reported → denied"}},
		"exempt":     {inspect.Change{Policy: "no-host", Exempt: &inspect.Ref{Namespace: "shop"}}, []string{web + "reported → warned"}},
		"exempt one": {inspect.Change{Policy: "no-host", Exempt: &inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}}, []string{web + "reported → warned"}},
		"level":      {inspect.Change{Policy: "shop/own", Level: "restricted"}, []string{good + "warned → reported"}},
		"ignore":     {inspect.Change{Policy: "no-host", FailurePolicy: "Ignore"}, []string{web + "denied → not judged"}}, // shop/own is asked about pods still
		"labels": {
			inspect.Change{Namespace: "shop", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "baseline"}},
			[]string{web + "reported → pods refused"},
		},
		"label away": {inspect.Change{Namespace: "shop", Labels: map[string]string{"pod-security.kubernetes.io/warn": ""}}, []string{good + "warned → admitted"}},
	} {
		t.Run(name, func(t *testing.T) {
			impact, err := reader.WhatIf(t.Context(), test.change)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range impact.Changed {
				if d.Namespace == "shop" {
					got = append(got, d.Kind+" "+d.Name+": "+string(d.Before.Verdict)+" → "+string(d.After.Verdict))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" || impact.Judged == 0 {
				t.Errorf("%d judged; (-want +got):\n%s", impact.Judged, diff)
			}
		})
	}
	for _, change := range []inspect.Change{{Policy: "none"}, {Namespace: "none"}} {
		if _, err := reader.WhatIf(t.Context(), change); err == nil {
			t.Errorf("%+v: there is no such thing", change)
		}
	}
}

func testExplain(t *testing.T, reader *inspect.Cluster) {
	answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}})
	if err != nil || len(answers) != 1 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	a := answers[0]
	failed := a.Failed("")
	if !a.Stored || len(failed) == 0 || failed[0].Policy != "no-host" {
		t.Fatalf("%+v", a.Explanation)
	}
	check := failed[0].Checks[slices.IndexFunc(failed[0].Checks, why.Check.Against)]
	line := a.Resource.Line(check.Field)
	if text := strings.Split(a.Resource.Text, "\n")[line-1]; strings.TrimSpace(text) != "hostNetwork: true" {
		t.Errorf("%s stands in line %d, %q", check.Field, line, text)
	}
	policy := a.Policies["no-host"]
	if text := strings.Split(policy.Text, "\n")[policy.Line(check.Clause)-1]; !strings.Contains(text, "hostNetwork") {
		t.Errorf("%s stands in %q", check.Clause, text)
	}
	if policy.Line("status") != 0 || policy.Line("") != 0 {
		t.Error("a field that is not there has no line")
	}
	fix, err := reader.Fix(t.Context(), a)
	if err != nil || len(fix.Changes) == 0 || !strings.Contains(fix.YAML, "hostNetwork: false") {
		t.Errorf("%+v, %v", fix, err)
	}
	answers, err = reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "good"}})
	if err != nil || answers[0].Applied == nil || !strings.Contains(answers[0].Before.Text, "name: good") {
		t.Errorf("%+v, %v", answers, err)
	}
}

// testScan says that a scan judges what is stored, and that nothing is mutated by it.
func testScan(t *testing.T, reader *inspect.Cluster) {
	for _, scan := range []bool{false, true} {
		answers, err := reader.Explain(t.Context(), inspect.Question{Ref: inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}, Scan: scan})
		if err != nil {
			t.Fatal(err)
		}
		a := answers[0]
		if got := a.After.Text != ""; got == scan || a.Scanned != scan || len(a.Failed("")) == 0 {
			t.Errorf("scan %v: mutated %v, %+v", scan, got, a.Explanation)
		}
		if !strings.Contains(a.Policies["team"].Text, "kind: ClusterPolicy") {
			t.Errorf("scan %v: %v", scan, a.Policies["team"])
		}
	}
}

func testExplainCommand(t *testing.T, reader *inspect.Cluster) {
	folder := t.TempDir()
	const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: bad # a comment\nspec: {hostNetwork: true, containers: [{name: c, image: registry.example/c}]}\n"
	for name, text := range map[string]string{
		"pod.yaml": pod, "names.env": "# names\nSHOP=shop\nPLACE=${NONE:-$SHOP}\nNAME=good-too\nFILE=pod.yaml\n",
		"itself.env": ". ./itself.env\n. ./itself.env\nPLACE=shop\n", "long.env": "PLACE=shop\n" + strings.Repeat("#\n", 1<<19),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.env"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader.WithKubectl(func(_ context.Context, _ string, args ...string) ([]byte, error) {
		if !slices.Contains(args, "--dry-run=client") {
			t.Errorf("kubectl %v would change the cluster", args)
		}
		return []byte(pod), nil
	})
	for _, test := range []struct{ command, want, refused string }{
		{command: "kubectl apply -f pod.yaml -n shop", want: "Pod shop/bad"},
		{command: "kubectl -n shop apply -f pod.yaml", want: "Pod shop/bad"},
		{command: "kubectl -n shop", refused: "only asks"},
		{command: "cd x && kubectl apply --filename=pod.yaml", want: "Pod default/bad"},
		{command: "kubectl apply -f - <<EOF\n" + pod + "EOF", want: "Pod default/bad"},
		{command: "kubectl apply -f .", want: "Pod default/bad"},
		{command: "kubectl run bad --image=c -o json -n shop", want: "Pod shop/bad"},
		{command: "kubectl rollout restart deployment/web -n shop", want: "Deployment shop/web"},
		{command: "kubectl -n shop rollout restart deploy web", want: "Deployment shop/web"},
		{command: "kubectl -n shop rollout restart deploy none", refused: "not found"},
		{command: "kubectl rollout status deploy/web", refused: "only asks"},
		{command: "kubectl get pods", refused: "only asks"},
		{command: "kubectl scale deploy web --replicas=2", refused: "a subresource"},
		{command: "kubectl debug good --image=busybox -n shop", refused: "a subresource"},
		{command: "kubectl apply -f - <<EOF\napiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nEOF", refused: "does not know the kind Thing"},
		{command: "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\nEOF", want: "Namespace other"},
		{command: "echo hello", refused: "can be seen"},
		{command: "kubectl apply -f none.yaml", refused: "no such file"},
		{command: "kubectl apply -f https://example.com/x.yaml", refused: "only files"},
		{command: "kubectl apply -f '", refused: "read the command"},
		{command: ". ./names.env; kubectl apply -f $FILE -n $PLACE", want: "Pod shop/bad"},
		{command: "PLACE=shop\nexport FILE=\"pod.yaml\"\nkubectl apply -f \"$FILE\" -n ${PLACE}", want: "Pod shop/bad"},
		{command: "source names.env && kubectl -n $PLACE apply -f - <<EOF\n" + strings.Replace(pod, "bad", "$NAME", 1) + "EOF", want: "Pod shop/good-too"},
		{command: "kubectl apply -f pod.yaml -n $NOWHERE", refused: "uses $NOWHERE, and nothing in it says what that is"},
		{command: "PLACE=$(date) kubectl version; PLACE=$(date); kubectl apply -f pod.yaml -n $PLACE", refused: "uses $PLACE"},
		{command: ". ./itself.env; kubectl get pods -n $PLACE", refused: "only asks"},
		{command: ". ./long.env; kubectl apply -f pod.yaml -n $PLACE", refused: "uses $PLACE"},
		{command: ". /dev/zero; . ./pipe.env; kubectl apply -f pod.yaml -n shop", want: "Pod shop/bad"},
		{command: "kubectl apply -f pipe.env", refused: "no regular file"},
		{command: "kubectl apply -f <(cat pod.yaml)", refused: "can be seen"},
		{command: "source <(kubectl completion bash); kubectl apply -f pod.yaml -n shop", want: "Pod shop/bad"},
		{command: "FILE=<(cat pod.yaml); kubectl apply -f $FILE", refused: "uses $FILE"},
		{command: "EMPTY=; kubectl apply -f pod.yaml$EMPTY -n ${EMPTY:-shop}", want: "Pod shop/bad"},
		{command: "kubectl apply -n shop -f - <<EOF\n" + strings.Replace(pod, "bad", "bad$NOWHERE", 1) + "EOF", want: "Pod shop/bad"},
		{command: "NAME=$(date)\nkubectl apply -n shop -f - <<EOF\n" + strings.Replace(pod, "bad", "$NAME", 1) + "EOF", refused: "uses $NAME"},
		{command: "kubectl apply -n shop -f - <<'EOF'\n" + strings.Replace(pod, "spec:", "$patch: merge\nspec:", 1) + "EOF", want: "Pod shop/bad"},
	} {
		answers, err := reader.Explain(t.Context(), inspect.Question{Command: test.command, Folder: folder})
		switch {
		case test.refused != "":
			if err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%s: %v", test.command, err)
			}
		case err != nil || len(answers) != 1 || answers[0].Stored || answers[0].Explanation.Resource != test.want:
			t.Errorf("%s: %+v, %v", test.command, answers, err)
		}
	}
}

// testRepair makes the change of a fix: to what can be patched, to a pod, and to what is not there yet.
func testRepair(t *testing.T, reader *inspect.Cluster) {
	folder := t.TempDir()
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {hostNetwork: true, containers: [{name: c, image: registry.example/c}]}\n"
	if err := os.WriteFile(filepath.Join(folder, "new.yaml"), []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, question := range []inspect.Question{
		{Ref: inspect.Ref{Kind: "Deployment", Namespace: "shop", Name: "web"}},
		{Command: "kubectl apply -f new.yaml -n shop", Folder: folder},
		{Ref: inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "good"}},
	} {
		answers, err := reader.Explain(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		fix, err := reader.Fix(t.Context(), answers[0])
		if err != nil || !fix.Proven || len(fix.Patch) == 0 {
			t.Fatalf("%+v: %+v, %v", question, fix, err)
		}
		if err := reader.Repair(t.Context(), answers[0], fix); err != nil {
			t.Errorf("%+v: %v", question, err)
		}
		after, err := reader.Explain(t.Context(), inspect.Question{Ref: answers[0].Ref})
		if err != nil || len(after[0].Verdict.Warnings) > 0 || len(after[0].Failed("")) > 0 {
			t.Errorf("%+v: %+v, %v", question, after, err)
		}
	}
}
