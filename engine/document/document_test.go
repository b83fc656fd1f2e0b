package document_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/document"
)

const policy = `# two documents
apiVersion: v1
kind: First
metadata: {name: a}
--- # the second
apiVersion: v1
kind: Second
metadata:
  name: b
  labels:
    app.kubernetes.io/name: x
    app: y
defaults: &defaults
  one: 1
spec:
  <<: *defaults
  rules:
  - name: r
    pattern:
      =(hostPID): "false"
      ^(containers):
      - (name): "?*"
        image: "*"
  again: *defaults
`

func parse(t *testing.T, text string) []*document.Document {
	t.Helper()
	documents, err := document.Parse("file.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func TestPlace(t *testing.T) {
	d := parse(t, policy)[1]
	for path, want := range map[string]string{
		"":              "file.yaml:6",
		"kind":          "file.yaml:7",
		"metadata.name": "file.yaml:9",
		`metadata.labels["app.kubernetes.io/name"]`:   "file.yaml:11",
		"metadata.labels[app.kubernetes.io/name]":     "file.yaml:11",
		"metadata.labels.app.kubernetes.io/name":      "file.yaml:11",
		"metadata.labels.app":                         "file.yaml:12",
		"spec.rules[0]":                               "file.yaml:18",
		"spec.rules[0].pattern.hostPID":               "file.yaml:20",
		"spec.rules[0].pattern.=(hostPID)":            "file.yaml:20",
		"spec.rules[0].pattern.containers[0].image":   "file.yaml:23",
		"spec.rules[0].pattern.^(containers)[0].name": "file.yaml:22",
		"spec.rules.pattern.containers.image":         "file.yaml:23",
		"spec.one":                                    "file.yaml:14",
		"spec.again.one":                              "file.yaml:14",
	} {
		if got, found := d.Place(path); !found || got.String() != want {
			t.Errorf("%q: got %s, %t, want %s", path, got, found, want)
		}
	}
	for path, want := range map[string]string{
		"metadata.annotations":                "file.yaml:8",
		"spec.rules[1].name":                  "file.yaml:17",
		"spec.rules[0].pattern.hostIPC":       "file.yaml:19",
		"spec.rules[x]":                       "file.yaml:17",
		"nothing":                             "file.yaml:6",
		"metadata.name.deeper":                "file.yaml:9",
		"spec.rules[0].pattern.containers[9]": "file.yaml:21",
	} {
		if got, found := d.Place(path); found || got.String() != want {
			t.Errorf("%q: got %s, %t, want nothing near %s", path, got, found, want)
		}
	}
}

func TestParse(t *testing.T) {
	documents := parse(t, policy+"---\n# nothing\n---\n")
	var kinds []string
	for _, d := range documents {
		kinds = append(kinds, d.Object.GetKind())
	}
	if diff := cmp.Diff([]string{"First", "Second"}, kinds); diff != "" {
		t.Error(diff)
	}
	list := parse(t, "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- {apiVersion: v1, kind: B}\n")
	if len(list) != 2 || list[1].Object.GetKind() != "B" || list[1].Start().String() != "file.yaml:6" {
		t.Errorf("list: %+v", list)
	}
	if old := parse(t, "apiVersion: v1\nkind: A\nspec: {tty: yes}\n")[0]; old.Object.Object["spec"].(map[string]any)["tty"] != true {
		t.Error("an unquoted yes is true in the YAML of Kubernetes")
	}
	if json := parse(t, `{"apiVersion": "v1", "kind": "A", "spec": {"n": 1}}`)[0]; json.Object.GetKind() != "A" {
		t.Error("JSON is YAML")
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, text, want, hint string }{
		{"tab", "apiVersion: v1\nkind: A\nspec:\n\tx: y\n", "file.yaml:4:1: this is not YAML", "spaces"},
		{"tab in the second", "kind: A\napiVersion: v1\n---\nspec:\n  \tx: y\n", "file.yaml:5:3: this is not YAML", "spaces"},
		{"colon", "apiVersion: v1\nkind: A\nspec: a: b\n", "file.yaml:3: this is not YAML: mapping values are not allowed in this context", "colons"},
		{"list", "- a\n", "file.yaml:1:1: this is not an object", "apiVersion and kind"},
		{"text", "hello\n", "file.yaml:1:1: this is not an object", "apiVersion and kind"},
		{"no kind", "a: b\n", "file.yaml:1:1: this is not a Kubernetes object: Object 'Kind' is missing", "apiVersion, kind"},
		{"twice", "apiVersion: v1\nkind: A\nspec:\n  x: 1\n  y: 2\n  x: 3\n", `file.yaml:6:3: the key "x" is there twice`, "remove one"},
		{"item", "apiVersion: v1\nkind: List\nitems: [1]\n", "file.yaml:3:9: this is not an object", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := document.Parse("file.yaml", []byte(test.text))
			problem := (*document.Problem)(nil)
			if !errors.As(err, &problem) {
				t.Fatalf("got %v", err)
			}
			if !strings.HasPrefix(problem.Error(), test.want) || !strings.Contains(problem.Hint, test.hint) {
				t.Errorf("got %s (hint: %s), want %s (hint: %s)", problem, problem.Hint, test.want, test.hint)
			}
		})
	}
}

func TestProblemText(t *testing.T) {
	for want, p := range map[string]document.Problem{
		"m":        {Message: "m"},
		"f: m":     {Position: document.Position{File: "f"}, Message: "m"},
		"f:1: m":   {Position: document.Position{File: "f", Line: 1}, Message: "m"},
		"f:1:2: m": {Position: document.Position{File: "f", Line: 1, Column: 2}, Message: "m"},
	} {
		if got := p.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEdited(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		operations       []document.Operation
	}{
		{
			name: "comments, quotes and order stay",
			text: "# head\nkind: A # the kind\napiVersion: \"v1\"\nspec:\n  # before\n  x: 1 # one\n  list:\n  - a\n  - b # bee\n# end\n",
			want: "# head\nkind: A # the kind\napiVersion: \"v1\"\nspec:\n  # before\n  x: 2 # one\n  list:\n  - b # bee\n  - c\n  new:\n    deep: true\n# end\n",
			operations: []document.Operation{
				{Op: "replace", Path: "/spec/x", Value: 2},
				{Op: "remove", Path: "/spec/list/0"},
				{Op: "add", Path: "/spec/list/-", Value: "c"},
				{Op: "add", Path: "/spec/new", Value: map[string]any{"deep": true}},
			},
		},
		{
			name:       "lists are indented as they were",
			text:       "apiVersion: v1\nkind: A\nspec:\n  list:\n    - a\n",
			want:       "apiVersion: v1\nkind: A\nspec:\n  list:\n    - x\n    - a\n",
			operations: []document.Operation{{Op: "add", Path: "/spec/list/0", Value: "x"}},
		},
		{
			name:       "flow style stays",
			text:       "{apiVersion: v1, kind: A, metadata: {labels: {a/b: c}}}\n",
			want:       "{apiVersion: v1, kind: A, metadata: {labels: {a/b: d, e~f: g}}}\n",
			operations: []document.Operation{{Op: "replace", Path: "/metadata/labels/a~1b", Value: "d"}, {Op: "add", Path: "/metadata/labels/e~0f", Value: "g"}},
		},
		{
			name:       "what an alias stands for is changed only where it was meant",
			text:       "apiVersion: v1\nkind: A\none: &x {a: 1}\ntwo: *x\n",
			want:       "apiVersion: v1\nkind: A\none: &x {a: 1}\ntwo: {a: 2}\n",
			operations: []document.Operation{{Op: "replace", Path: "/two/a", Value: 2}},
		},
		{
			name:       "an empty value becomes an object",
			text:       "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n",
			want:       "apiVersion: v1\nkind: A\nmetadata:\n  labels:\n    a: b\n",
			operations: []document.Operation{{Op: "add", Path: "/metadata/labels/a", Value: "b"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := parse(t, test.text)[0]
			got, err := d.Edited(test.operations)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if again, err := d.Edited(nil); err != nil || again != test.text {
				t.Errorf("the document itself was changed: %v\n%s", err, again)
			}
		})
	}
}

func TestEditedRefuses(t *testing.T) {
	d := parse(t, "apiVersion: v1\nkind: A\nspec: {list: [a]}\n")[0]
	for _, o := range []document.Operation{
		{Op: "remove", Path: "/spec/none"},
		{Op: "remove", Path: "/spec/list/1"},
		{Op: "replace", Path: "/none/deep", Value: 1},
		{Op: "replace", Path: "/spec/list/x", Value: 1},
		{Op: "add", Path: "/kind/deep", Value: 1},
	} {
		if text, err := d.Edited([]document.Operation{o}); err == nil {
			t.Errorf("%+v: no error, but\n%s", o, text)
		}
	}
}

func TestFromObject(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "A", "spec": map[string]any{"count": int64(1)}}}
	d, err := document.FromObject(object)
	if err != nil {
		t.Fatal(err)
	}
	if place, found := d.Place("spec.count"); !found || place != (document.Position{}) {
		t.Errorf("an object has no places, got %v", place)
	}
	got, err := d.Edited([]document.Operation{{Op: "replace", Path: "/spec/count", Value: 2}})
	if want := "apiVersion: v1\nkind: A\nspec:\n  count: 2\n"; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestDepth refuses what lies too deep in each other, and says where.
func TestDepth(t *testing.T) {
	nested := func(levels int) string { return strings.Repeat("{a: ", levels) + "b" + strings.Repeat("}", levels) }
	if _, err := document.Parse("f.yaml", []byte("kind: A\napiVersion: v1\nmetadata: {name: a}\nspec: "+nested(900))); err != nil {
		t.Errorf("900 levels: %v", err)
	}
	_, err := document.Parse("f.yaml", []byte("kind: A\napiVersion: v1\nspec: "+nested(5000)))
	var problem *document.Problem
	if !errors.As(err, &problem) || problem.Line != 3 || problem.Column == 0 || problem.Message != document.ErrTooDeep.Error() || document.HintOf(err) == "" {
		t.Errorf("5000 levels: %v", err)
	}
	var list any = "x"
	for range 2000 {
		list = []any{list}
	}
	if !document.TooDeep(list) || document.TooDeep(map[string]any{"a": []any{"b"}}) {
		t.Error("depth of values is judged wrongly")
	}
}
