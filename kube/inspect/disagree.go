package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube"
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
	// Unjudged names the policies of other kinds as "Kind name" or "Kind namespace/name", of whose results nothing was predicted.
	Unjudged []string `json:",omitempty"`
}

// Compare predicts what background scans say, and compares it with the reports that there are. Kyverno scans within its
// own time: what it has not said yet is a Disagreement without Reported.
func (c *Cluster) Compare(ctx context.Context) (Agreement, error) {
	forecast, err := c.Predict(ctx)
	if err != nil {
		return Agreement{}, err
	}
	reported, err := c.reports(ctx, forecast.Policies)
	if err != nil {
		return Agreement{}, err
	}
	out := agreement(forecast.Predictions, reported, Prediction.uid)
	unjudged, err := c.Unjudged(ctx)
	out.Unjudged = kindsAndNames(unjudged)
	return out, err
}

// Compare compares the forecast with what reports say, by the names of objects: lines of policies that it does not know,
// of which others judge, are left alone.
func (f *Forecast) Compare(reported []Prediction) Agreement {
	byName := make(map[Ref]Prediction, len(reported))
	for _, r := range reported {
		known := r
		known.Lines = nil
		for _, l := range r.Lines {
			if f.Policies[l.Policy] {
				known.Lines = append(known.Lines, l)
			}
		}
		if len(known.Lines) > 0 {
			byName[r.Ref] = known
		}
	}
	return agreement(f.Predictions, byName, Prediction.ref)
}

func (p Prediction) uid() types.UID { return p.UID }
func (p Prediction) ref() Ref       { return p.Ref }

// reports are the reports' lines of the given policies, by the UID of what they are about.
func (c *Cluster) reports(ctx context.Context, policies map[string]bool) (map[types.UID]Prediction, error) {
	out := map[types.UID]Prediction{}
	for _, gvr := range kube.ReportResources() {
		err := c.pages(ctx, gvr, "", func(page []*unstructured.Unstructured) error {
			for _, report := range page {
				if p := reportOf(report, policies); len(p.Lines) > 0 && len(out[p.UID].Lines) == 0 {
					out[p.UID] = p
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
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
		if source := fieldOf(result, "source"); policies[line.Policy] && (source == "" || source == "kyverno") {
			out.Lines = append(out.Lines, line)
		}
	}
	return out
}

func fieldOf(object map[string]any, name string) string {
	text, _ := object[name].(string)
	return text
}

// agreement compares predictions with reports, by objects, which a key tells from each other, and rules.
func agreement[K comparable](predictions []Prediction, reports map[K]Prediction, key func(Prediction) K) Agreement {
	var out Agreement
	seen := map[K]bool{}
	for _, p := range predictions {
		seen[key(p)] = true
		out.add(p.Ref, p.Lines, reports[key(p)].Lines)
	}
	for k, r := range reports {
		if !seen[k] {
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
