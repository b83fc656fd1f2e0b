package why_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/document"
	"podsec/engine/fix"
	whys "podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/screen/screentest"
	"podsec/tui/screen/why"
	"podsec/tui/style"
)

var update = screentest.Update()

const policies = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: add-team
spec:
  rules:
  - name: label
    match:
      any:
      - resources:
          kinds: [Pod]
    mutate:
      patchStrategicMerge:
        metadata:
          labels:
            +(team): none
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: no-host
spec:
  rules:
  - name: network
    match:
      any:
      - resources:
          kinds: [Pod]
    validate:
      failureAction: Enforce
      message: no host network
      pattern:
        spec:
          =(hostNetwork): false
  - name: jobs
    match:
      any:
      - resources:
          kinds: [Job]
    validate:
      failureAction: Audit
      message: no jobs
      deny: {}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: levels
spec:
  rules:
  - name: baseline
    match:
      any:
      - resources:
          kinds: [Pod]
    validate:
      failureAction: Audit
      podSecurity:
        level: baseline
        version: latest
`

const bad = `apiVersion: v1
kind: Pod
metadata:
  name: bad # mine
  namespace: shop
spec:
  hostNetwork: true
  containers:
  - name: c
    image: registry.example/c
`

const good = `apiVersion: v1
kind: Pod
metadata:
  name: good
  namespace: shop
spec:
  containers:
  - name: c
    image: registry.example/c
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
`

// cluster is a Source that judges by the policies above.
type cluster struct {
	manifests []string
	stored    bool
	labels    map[string]string
	err       error
	asked     []inspect.Question
	repaired  []string
	fixless   bool   // do not look for fixes
	earlier   string // of every answer
}

// judge is made once: compiling takes its time.
var judge = sync.OnceValues(func() (*whys.Explainer, map[string]inspect.Source) {
	found, err := document.Parse("", []byte(policies))
	if err != nil {
		panic(err)
	}
	made, err := whys.New(whys.Options{Policies: found})
	if err != nil {
		panic(err)
	}
	sources := map[string]inspect.Source{}
	for i, text := range strings.Split(policies, "---\n") {
		name := found[i].Object.GetName()
		sources[name] = inspect.NewSource(name, strings.TrimPrefix(text, "\n"))
	}
	return made, sources
})

func (c *cluster) request() whys.Request {
	labels := c.labels
	if labels == nil {
		labels = map[string]string{"pod-security.kubernetes.io/warn": "restricted"}
	}
	return whys.Request{Namespace: labels, KnowsNamespace: true}
}

func (c *cluster) Explain(ctx context.Context, q inspect.Question) ([]inspect.Answer, error) {
	c.asked = append(c.asked, q)
	if c.err != nil {
		return nil, c.err
	}
	explainer, sources := judge()
	var out []inspect.Answer
	for _, manifest := range c.manifests {
		found, err := document.Parse("", []byte(manifest))
		if err != nil {
			return nil, err
		}
		object := found[0].Object
		a := inspect.Answer{
			Explanation: explainer.Explain(ctx, found[0], c.request()), Stored: c.stored, Scanned: q.Scan, Policies: sources,
			Answered: strings.Contains(q.Printed, object.GetName()+" created"), Earlier: c.earlier,
			Ref: inspect.Ref{Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName()},
		}
		a.Resource = inspect.NewSource(object.GetKind()+" "+a.Ref.String(), manifest)
		a.Before, a.After = text(object), text(a.Object)
		out = append(out, a)
	}
	return out, nil
}

func text(object *unstructured.Unstructured) inspect.Source {
	data, err := yaml.Marshal(object.Object)
	if err != nil {
		panic(err)
	}
	return inspect.NewSource(object.GetName(), string(data))
}

func (c *cluster) Fix(ctx context.Context, a inspect.Answer) (*fix.Fix, error) {
	if c.fixless {
		return &fix.Fix{}, nil
	}
	explainer, _ := judge()
	found, err := document.Parse("", []byte(a.Resource.Text))
	if err != nil {
		return nil, err
	}
	return fix.Find(ctx, func(ctx context.Context, d *document.Document) *whys.Explanation {
		return explainer.Explain(ctx, d, c.request())
	}, found[0])
}

func (c *cluster) Repair(_ context.Context, a inspect.Answer, f *fix.Fix) error {
	c.repaired = append(c.repaired, a.Ref.String())
	c.manifests = []string{f.YAML}
	return c.err
}

// asked is the screen after it was asked about a subject.
func asked(t testing.TB, c *cluster, width, height int, s screen.Subject) *screentest.Driver {
	t.Helper()
	m := why.New(c, style.New(true))
	d := screentest.New(t, m, width, height)
	d.Follow(m.SetAbout(s))
	d.Follow(m.Open())
	return d
}

var pod = screen.Subject{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "bad"}

func TestFrames(t *testing.T) {
	denied := func(keys ...string) func(t *testing.T, w, h int) *screentest.Driver {
		return func(t *testing.T, w, h int) *screentest.Driver {
			d := asked(t, &cluster{manifests: []string{bad, good}, stored: true, fixless: len(keys) == 0 || keys[0] != "f"}, w, h, pod)
			d.Keys(keys...)
			return d
		}
	}
	for name, play := range map[string]func(t *testing.T, w, h int) *screentest.Driver{
		"empty": func(t *testing.T, w, h int) *screentest.Driver {
			return screentest.New(t, why.New(&cluster{}, style.New(true)), w, h)
		},
		"denied":   denied(),
		"object":   denied("tab"),
		"mutation": denied("d"),
		"fix":      denied("f"),
		"admitted": denied("n"),
		"missing": func(t *testing.T, w, h int) *screentest.Driver {
			return asked(t, &cluster{err: errors.New(`read Pod shop/bad: pods "bad" not found`)}, w, h, pod)
		},
	} {
		screentest.Frames(t, *update, name, play)
	}
}

// TestDenied says what is shown of a denied pod: who denied it, by which line, about which field.
func TestDenied(t *testing.T) {
	c := &cluster{manifests: []string{bad}, stored: true}
	d := asked(t, c, 120, 40, pod)
	d.MustShow(
		"as if new ─▶ ~ mutate 1 changed ─▶ ! PSA", "─▶ ✗ validate 1 against ─▶ ✗ denied by Kyverno",
		`admission webhook "validate.kyverno.svc-fail" denied the request`,
		"▸ ✗  validate  no-host/network", "spec.hostNetwork: true, wanted false",
		"It blocks the request because spec.rules[0].validate.failureAction is Enforce.",
		"▸ 17            =(hostNetwork): false", "▸  7    hostNetwork: true", "name: bad # mine",
	)
	if got := c.asked[0].Kind; got != "Pod.v1." {
		t.Errorf("asked for %q", got)
	}
	d.Keys("down")
	d.MustShow("not considered: match.any[0]", "generated rules")
	d.Keys("g")
	d.MustShow(`+ metadata.labels: {"team":"none"}`, "Policy add-team", "▸ 15            labels:", "    team: none")
}

// TestWhatIsCutIsSaidBelow: where the table has no room for what was found, the line under the cursor says it in full.
func TestWhatIsCutIsSaidBelow(t *testing.T) {
	c := &cluster{manifests: []string{bad}, stored: true}
	d := asked(t, c, 80, 24, pod)
	d.Keys("down")
	d.MustShow("not considered: match.any[0]", "resources.kinds wants [Job], it is Pod")
}

// TestUnanswered: a request is not called admitted that was refused because nobody answered for Kyverno.
func TestUnanswered(t *testing.T) {
	command := screen.Subject{
		Command: "kubectl apply -f pod.yaml", Folder: "/lab",
		Output: `Error from server (InternalError): failed calling webhook "validate.kyverno.svc-fail": no endpoints available`,
	}
	for _, width := range []int{80, 120} {
		d := asked(t, &cluster{manifests: []string{good}}, width, 40, command)
		d.MustShow("✗ refused unanswered", "the webhook validate.kyverno.svc-fail")
		d.MustNotShow("admitted")
	}
	command.Output = "pod/good created"
	asked(t, &cluster{manifests: []string{good}}, 120, 40, command).MustShow("admitted")
}

// TestOneUnanswered: of two objects of a command the one whose request was answered is not called refused, and the other is
// shown first.
func TestOneUnanswered(t *testing.T) {
	d := asked(t, &cluster{manifests: []string{good, strings.ReplaceAll(good, "name: good", "name: late")}}, 120, 40, screen.Subject{
		Command: "kubectl apply -f pods.yaml", Folder: "/lab",
		Output: "pod/good created\n" + `Error from server (InternalError): failed calling webhook "validate.kyverno.svc-fail": no endpoints available`,
	})
	d.MustShow("Pod shop/late", "✗ refused unanswered")
	d.Keys("n")
	d.MustShow("Pod shop/good", "admitted")
	d.MustNotShow("refused")
}

// TestReportedIsAdmitted: what is only reported is no refusal.
func TestReportedIsAdmitted(t *testing.T) {
	audited := strings.Replace(bad, "hostNetwork: true", "hostPID: true", 1)
	d := asked(t, &cluster{manifests: []string{audited}, stored: true}, 120, 40, pod)
	d.MustShow("! admitted 1 failure reported")
	d.MustNotShow("✗ admitted")
}

func TestMutation(t *testing.T) {
	d := asked(t, &cluster{manifests: []string{good}}, 100, 30, screen.Subject{Command: "kubectl apply -f pod.yaml", Folder: "/lab"})
	d.MustShow("create ─▶", "admitted")
	d.Keys("d")
	d.MustShow("Mutation, line by line", "+   labels:", "+     team: none", "add-team/label")
	d.Keys("d")
	d.MustNotShow("line by line")
}

// TestFix takes the fix from the screen to the cluster, and judges again.
func TestFix(t *testing.T) {
	c := &cluster{manifests: []string{bad}, stored: true, labels: map[string]string{}}
	d := asked(t, c, 100, 40, pod)
	d.Keys("f")
	d.MustShow("✓ Proven", "- ", "hostNetwork: true", "for levels/baseline, no-host/network")
	d.Keys("y")
	if got, ok := d.Last().(screen.Copy); !ok || !strings.Contains(got.Text, "hostNetwork: false") && strings.Contains(got.Text, "hostNetwork: true") {
		t.Errorf("copied %+v", d.Last())
	}
	d.Keys("a")
	ask, ok := d.Last().(screen.Ask)
	if !ok || !strings.Contains(ask.Text, "hostNetwork") || !strings.Contains(ask.Text, "made anew") {
		t.Fatalf("asked %+v", d.Last())
	}
	show, _ := ask.Then.(screen.Show)
	about, _ := d.Screen.(screen.About)
	d.Follow(about.SetAbout(show.About))
	if len(c.repaired) != 1 || c.repaired[0] != "shop/bad" {
		t.Errorf("repaired %v", c.repaired)
	}
	d.MustShow("admitted")
	d.MustNotShow("denied")
	d.Keys("f")
	d.MustShow("Nothing to change")
	d.Keys("a")
	if _, ok := d.Last().(screen.Tell); !ok {
		t.Errorf("asked %+v", d.Last())
	}
}

func TestRuleOfTheSubject(t *testing.T) {
	s := pod
	s.Policy, s.Rule = "levels", "baseline"
	d := asked(t, &cluster{manifests: []string{bad}, stored: true}, 120, 40, s)
	d.MustShow("▸ ✗  validate  levels/baseline", `Control "Host Namespaces" of the level baseline`, "is only reported because")
}

// TestStored says that a stored object can be judged as it is: from a report that is what is asked first.
func TestStored(t *testing.T) {
	c := &cluster{manifests: []string{bad}, stored: true}
	s := pod
	s.Policy, s.Rule = "levels", "baseline"
	d := asked(t, c, 120, 40, s)
	d.Keys("s", "s")
	var got []bool
	for _, q := range c.asked {
		got = append(got, q.Scan)
	}
	if want := []bool{true, false, true}; !slices.Equal(got, want) {
		t.Errorf("asked to scan %v, want %v", got, want)
	}
	d.MustShow("as it is ─▶")
}

func TestSecurityAlone(t *testing.T) {
	c := &cluster{manifests: []string{bad}, stored: true, labels: map[string]string{"pod-security.kubernetes.io/enforce": "baseline"}}
	d := asked(t, c, 120, 40, pod)
	d.MustShow("denied by Pod Security Admission", `violates PodSecurity "baseline:latest"`, "enforce baseline:latest")
}

// TestAnsweredOtherwise: what a command was answered then stands before what would be said now, and not less of it.
func TestAnsweredOtherwise(t *testing.T) {
	c := &cluster{manifests: []string{bad}, earlier: "It was created when the command ran. Judged again, it is refused now:"}
	d := asked(t, c, 80, 24, screen.Subject{Command: "kubectl apply -f bad.yaml"})
	d.MustShow("It was created when the command ran. Judged again, it is refused now:", "no host network")
	c.manifests, c.earlier = []string{good}, "It was refused when the command ran. Judged again, it is admitted now."
	d.Keys("r")
	d.MustShow("Judged again, it is admitted now.", "admitted")
}

func TestProblems(t *testing.T) {
	c := &cluster{err: errors.New(`pods "bad" not found`)}
	unknown := pod
	unknown.Policy, unknown.Refused = "no-host", "Pod shop/bad: [network] fail (blocked); no host network"
	asked(t, c, 80, 24, unknown).MustShow("Refused by no-host", "fail (blocked); no host network", "Send it again")
	d := asked(t, c, 80, 24, pod)
	d.MustShow("There is nothing to explain", "What was refused was never stored")
	c.err, c.manifests = nil, []string{good}
	d.Keys("r")
	d.MustShow("Pod shop/good")
	d.Keys("esc")
	if d.Last() != (screen.Back{}) {
		t.Errorf("asked %+v", d.Last())
	}
	d = asked(t, &cluster{}, 80, 24, screen.Subject{Command: "ls"})
	d.MustShow("sends no object")
}

// TestHostile says that nothing from an object steers the terminal, at any size.
func TestHostile(t *testing.T) {
	evil := strings.Replace(bad, "registry.example/c", `"\e[2Jx\a日本"`, 1)
	for _, size := range [][2]int{{140, 50}, {80, 24}, {50, 15}, {20, 6}, {4, 3}} {
		for _, keys := range [][]string{nil, {"d"}, {"f"}, {"tab"}, {"end"}} {
			d := asked(t, &cluster{manifests: []string{evil}, fixless: keys == nil || keys[0] != "f"}, size[0], size[1], pod)
			d.Keys(keys...)
			d.MustFill(size[0], size[1])
		}
	}
}

func TestMouse(t *testing.T) {
	d := asked(t, &cluster{manifests: []string{bad}}, 120, 40, pod)
	m, _ := d.Screen.(*why.Model)
	m.Wheel(0, 3, -20)
	d.MustShow("▸ ~  mutate")
}

// TestFixIntoTheFile: what is being written gets the fix where the object stands, and is left alone around it.
func TestFixIntoTheFile(t *testing.T) {
	const other = "# first\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: bad}\n"
	for name, tt := range map[string]struct {
		draft string
		want  []string // in the adopted text, nothing when the fix goes to the cluster
	}{
		"the object alone":       {bad, []string{"name: bad # mine"}},
		"one of several":         {other + "---\n" + bad + "---\n" + other, []string{other + "---\n", "name: bad # mine", "---\n" + other}},
		"another object":         {other, nil},
		"not YAML":               {"{a", nil},
		"no file to write":       {"", nil},
		"a pod of the same name": {strings.ReplaceAll(bad, "namespace: shop", "namespace: other"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := pod
			s.File, s.Draft = "pod.yaml", tt.draft
			d := asked(t, &cluster{manifests: []string{bad}, stored: true, labels: map[string]string{}}, 100, 40, s)
			d.Keys("f")
			if shown := strings.Contains(d.Plain(), "put it into pod.yaml"); shown != (tt.want != nil) {
				t.Errorf("the key is offered for the file: %v", shown)
			}
			d.Keys("a")
			got, adopted := d.Last().(screen.Adopt)
			if adopted != (tt.want != nil) || strings.Contains(got.Text, "hostNetwork: true") {
				t.Errorf("got %+v", d.Last())
			}
			for _, want := range tt.want {
				if !strings.Contains(got.Text, want) {
					t.Errorf("%q is not in\n%s", want, got.Text)
				}
			}
		})
	}
}
