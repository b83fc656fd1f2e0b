package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Disagreement is a rule of which our engine and Kyverno's reports say different things about an object. Predicted or
// Reported is nil where one of them says nothing.
type Disagreement struct {
	Ref
	Predicted, Reported *Line
}

// Agreement is how what was predicted compares with what Kyverno has reported.
type Agreement struct {
	Objects   int // of which a prediction or a report says something
	Predicted int // lines
	Reported  int // lines of the policies that scans use
	Differ    []Disagreement
}

// Compare predicts what background scans say, and compares it with the reports that there are. Kyverno scans within its
// own time: what it has not said yet is a Disagreement without Reported.
func (c *Cluster) Compare(ctx context.Context) (Agreement, error) {
	all, err := c.rules(ctx)
	if err != nil {
		return Agreement{}, err
	}
	scanned := all.scanned()
	predictions, err := c.predict(ctx, all, scanned)
	if err != nil {
		return Agreement{}, err
	}
	known := map[string]bool{}
	for _, p := range scanned {
		known[p.Key()] = true
	}
	reported, err := c.reports(ctx, known)
	if err != nil {
		return Agreement{}, err
	}
	return agreement(predictions, reported), nil
}

// reportKinds are the resources of reports, in both of their groups.
func reportKinds() []schema.GroupVersionResource {
	old, open := schema.GroupVersion{Group: "wgpolicyk8s.io", Version: "v1alpha2"}, schema.GroupVersion{Group: "openreports.io", Version: "v1alpha1"}
	return []schema.GroupVersionResource{
		old.WithResource("policyreports"), old.WithResource("clusterpolicyreports"), open.WithResource("reports"), open.WithResource("clusterreports"),
	}
}

// reports are the reports' lines of the given policies, by the UID of what they are about.
func (c *Cluster) reports(ctx context.Context, policies map[string]bool) (map[types.UID]Prediction, error) {
	out := map[types.UID]Prediction{}
	for _, gvr := range reportKinds() {
		found, err := c.list(ctx, gvr, "")
		if err != nil {
			return nil, err
		}
		for i := range found {
			p := reportOf(&found[i], policies)
			if before, twice := out[p.UID]; len(p.Lines) == 0 || twice && len(before.Lines) > 0 {
				continue
			}
			out[p.UID] = p
		}
	}
	return out, nil
}

// reportOf reads a report.
func reportOf(report *unstructured.Unstructured, policies map[string]bool) Prediction {
	scope, _, _ := unstructured.NestedStringMap(report.Object, "scope")
	out := Prediction{
		Ref: Ref{Kind: scope["kind"], Namespace: report.GetNamespace(), Name: scope["name"]}, UID: types.UID(scope["uid"]),
	}
	results, _, _ := unstructured.NestedSlice(report.Object, "results")
	for _, raw := range results {
		result, _ := raw.(map[string]any)
		line := Line{Policy: fieldOf(result, "policy"), Rule: fieldOf(result, "rule"), Result: fieldOf(result, "result"), Message: cmp.Or(fieldOf(result, "message"), fieldOf(result, "description"))}
		if policies[line.Policy] {
			out.Lines = append(out.Lines, line)
		}
	}
	return out
}

func fieldOf(object map[string]any, name string) string {
	text, _ := object[name].(string)
	return text
}

// agreement compares predictions with reports, by objects and rules.
func agreement(predictions []Prediction, reports map[types.UID]Prediction) Agreement {
	var out Agreement
	seen := map[types.UID]bool{}
	for _, p := range predictions {
		seen[p.UID] = true
		out.add(p.Ref, p.Lines, reports[p.UID].Lines)
	}
	for uid, r := range reports {
		if !seen[uid] {
			out.add(r.Ref, nil, r.Lines)
		}
	}
	slices.SortFunc(out.Differ, func(a, b Disagreement) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), compareLines(a.either(), b.either()))
	})
	return out
}

func (d Disagreement) either() Line {
	if d.Predicted != nil {
		return *d.Predicted
	}
	return *d.Reported
}

// add compares what is said of one object.
func (a *Agreement) add(ref Ref, predicted, reported []Line) {
	a.Objects, a.Predicted, a.Reported = a.Objects+1, a.Predicted+len(predicted), a.Reported+len(reported)
	for i := range predicted {
		p := &predicted[i]
		at := slices.IndexFunc(reported, func(r Line) bool { return compareLines(r, *p) == 0 })
		switch {
		case at < 0:
			a.Differ = append(a.Differ, Disagreement{Ref: ref, Predicted: p})
		case reported[at] != *p:
			a.Differ = append(a.Differ, Disagreement{Ref: ref, Predicted: p, Reported: &reported[at]})
		}
	}
	for i := range reported {
		r := &reported[i]
		if !slices.ContainsFunc(predicted, func(p Line) bool { return compareLines(p, *r) == 0 }) {
			a.Differ = append(a.Differ, Disagreement{Ref: ref, Reported: r})
		}
	}
}

// String says what differs, in a line.
func (d Disagreement) String() string {
	say := func(l *Line) string {
		if l == nil {
			return "nothing"
		}
		return fmt.Sprintf("%s %q", l.Result, l.Message)
	}
	l := d.either()
	return fmt.Sprintf("%s %s, %s/%s: predicted %s, reported %s", d.Kind, d.Ref, l.Policy, l.Rule, say(d.Predicted), say(d.Reported))
}
