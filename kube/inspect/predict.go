package inspect

import (
	"cmp"
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
)

// Line is what a report says of an object by one rule.
type Line struct {
	Policy  string // its key
	Rule    string
	Result  string // pass, fail, warn, error, skip
	Message string
}

// Prediction is what a background scan says of an object, by our own engine: a line for each rule that matches.
type Prediction struct {
	Ref
	UID   types.UID
	Lines []Line
}

// Forecast is what background scans will say of a cluster, by our own engine.
type Forecast struct {
	Predictions []Prediction
	Policies    map[string]bool // those that scans use and we can judge by, by their keys
}

// Predict judges all objects that the cluster's policies are about as a background scan does. Policies that are not
// scanned with (spec.background false) and rules that only mutate or generate say nothing. What may not be listed is
// left out, and so are policies that verify images when nothing can look signatures up (WithImages).
func (c *Cluster) Predict(ctx context.Context) (*Forecast, error) {
	all, err := c.rules(ctx)
	if err != nil {
		return nil, err
	}
	scanned := all.scanned(c.images != nil)
	judge := engine.New(engine.Options{
		ConfigMaps: c, APICall: c, Exceptions: lister(all.exceptions), ImageVerifier: c.images, NoTrace: true, Now: time.Now,
	})
	forecast := &Forecast{Policies: map[string]bool{}}
	for _, p := range scanned {
		forecast.Policies[p.Key()] = true
	}
	err = c.scannedObjects(ctx, scanned, func(page []*unstructured.Unstructured) error {
		out, err := each(ctx, page, func(o *unstructured.Unstructured) (Prediction, error) {
			return Prediction{Ref: refOf(o), UID: o.GetUID(), Lines: linesOf(ctx, judge, scanned, &engine.Request{
				Operation: engine.Create, Object: o, Kind: o.GroupVersionKind(), NamespaceLabels: all.namespaces[o.GetNamespace()], Background: true,
			})}, nil
		})
		forecast.Predictions = append(forecast.Predictions, slices.DeleteFunc(out, func(p Prediction) bool { return len(p.Lines) == 0 })...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return forecast, nil
}

// scanned are the policies that background scans use; those that verify images only when signatures can be looked up.
func (r *rules) scanned(images bool) []*engine.Policy {
	return slices.DeleteFunc(r.every(), func(p *engine.Policy) bool {
		_, silent := p.Object().GetLabels()[unreportedLabel]
		verifies := p.Has(engine.ImageVerify)
		return silent || !p.Background() || !p.Has(engine.Validation) && !verifies || verifies && !images
	})
}

// unreportedLabel marks policies that reports say nothing of.
const unreportedLabel = "reports.kyverno.io/disabled"

// every are the policies that can be compiled.
func (r *rules) every() []*engine.Policy {
	var out []*engine.Policy
	for _, p := range r.policies {
		if policy, err := engine.Compile(p); err == nil {
			out = append(out, policy)
		}
	}
	return out
}

// scannedObjects visits the objects of every kind that a policy applies to, page by page.
func (c *Cluster) scannedObjects(ctx context.Context, scanned []*engine.Policy, visit func([]*unstructured.Unstructured) error) error {
	return c.objectsOf(ctx, "", func(kind Kind, gvk schema.GroupVersionKind) bool {
		return !unreported(kind) && slices.ContainsFunc(scanned, func(p *engine.Policy) bool { return p.Applies(gvk, "") })
	}, visit)
}

// unreported reports whether nothing is ever said of a kind's objects: events, and reports themselves.
func unreported(kind Kind) bool {
	return kind.Resource == "events" || slices.Contains([]string{"wgpolicyk8s.io", "openreports.io", "reports.kyverno.io"}, kind.Group)
}

// linesOf judges an object by all policies, in the order of reports.
func linesOf(ctx context.Context, judge *engine.Engine, policies []*engine.Policy, request *engine.Request) []Line {
	var lines []Line
	for _, p := range policies {
		if own := p.Namespace(); own != "" && own != request.Object.GetNamespace() || !p.Applies(request.Kind, "") {
			continue
		}
		results := judge.Validate(ctx, p, request).Rules
		if p.Has(engine.ImageVerify) {
			results = slices.DeleteFunc(results, func(r engine.RuleResult) bool { return r.Type == engine.ImageVerify })
			for _, verified := range judge.VerifyImages(ctx, []*engine.Policy{p}, request).Results {
				results = append(results, verified.Rules...)
			}
		}
		for _, r := range results {
			if r.Matched {
				lines = append(lines, Line{Policy: p.Key(), Rule: r.Rule, Result: string(p.ReportStatus(r.Status)), Message: reported(r)})
			}
		}
	}
	slices.SortStableFunc(lines, compareLines)
	return lines
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Rule, b.Rule))
}

// reported is the message that a report has of a result: the rule's reportProperties may replace its own.
func reported(r engine.RuleResult) string {
	return cmp.Or(r.Properties["message"], r.Properties[string(r.Status)+"Message"], r.Message)
}
