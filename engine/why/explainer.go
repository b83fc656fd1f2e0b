package why

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/policycheck"
)

// Options are what an Explainer judges by.
type Options struct {
	Engine   engine.Options
	Policies []*document.Document   // ClusterPolicies and Policies
	Filters  engine.ResourceFilters // Kyverno's resourceFilters; nil for none
}

// Request is what is known of a request beside its resource.
type Request struct {
	Operation engine.Operation // empty is CREATE
	Old       *unstructured.Unstructured
	// Namespace are the labels of the resource's namespace. KnowsNamespace says that they are known, be they none.
	Namespace      map[string]string
	KnowsNamespace bool
	User           authenticationv1.UserInfo
	Roles          []string
	ClusterRoles   []string
}

// Explainer explains requests under a set of policies. It is safe for concurrent use.
type Explainer struct {
	engine   *engine.Engine
	verifies bool // signatures can be looked up
	filters  engine.ResourceFilters
	policies []*engine.Policy // those of admission, sorted
	idle     []*engine.Policy // with admission: false
	sources  map[*engine.Policy]*document.Document
}

// New compiles the policies. The error is a *document.Problem that names file, line and column.
func New(o Options) (*Explainer, error) {
	x := &Explainer{
		engine: engine.New(o.Engine), verifies: o.Engine.ImageVerifier != nil, filters: o.Filters,
		sources: map[*engine.Policy]*document.Document{},
	}
	for _, d := range o.Policies {
		policy, err := compile(d)
		if err != nil {
			return nil, err
		}
		x.sources[policy] = d
		if policy.Admission() {
			x.policies = append(x.policies, policy)
		} else {
			x.idle = append(x.idle, policy)
		}
	}
	byName := func(a, b *engine.Policy) int { return strings.Compare(a.Key(), b.Key()) }
	slices.SortStableFunc(x.policies, byName)
	slices.SortStableFunc(x.idle, byName)
	return x, nil
}

// compile reads a policy. One from a file must be one that Kyverno accepts; a cluster has accepted its own.
func compile(d *document.Document) (*engine.Policy, error) {
	policy, err := engine.Compile(d.Object)
	if err != nil {
		return nil, compileProblem(d, err)
	}
	if d.File == "" {
		return policy, nil
	}
	if _, err := policycheck.Check(d.Object, nil, nil); err != nil {
		return nil, d.Problem(refusedField(d, err.Error()), "Kyverno refuses this policy: "+strings.TrimSpace(err.Error()), explainHint)
	}
	return policy, nil
}

// explainHint is what to do about a field that a policy cannot have like that.
const explainHint = "kubectl explain clusterpolicy.spec.rules shows what a rule may have"

// refusedField is the field that Kyverno's reason for refusing a policy is about: a path in a rule that it names, or else
// the longest path in it.
func refusedField(d *document.Document, reason string) string {
	if found := refusedInRuleRE.FindStringSubmatch(reason); found != nil {
		rules, _, _ := unstructured.NestedSlice(d.Object.Object, "spec", "rules")
		for i, rule := range rules {
			if rule, ok := rule.(map[string]any); ok && rule["name"] == found[1] {
				return fmt.Sprintf("spec.rules[%d]", i) + indexRE.ReplaceAllString(strings.ReplaceAll(found[2], "/", "."), "[$1]")
			}
		}
	}
	path := ""
	for _, found := range refusedRE.FindAllString(reason, -1) {
		if len(found) > len(path) {
			path = found
		}
	}
	return strings.ReplaceAll(path, "/", ".")
}

// refusedInRuleRE finds a rule and a path in it in such a reason, indexRE the indexes of such a path.
var (
	refusedInRuleRE = regexp.MustCompile(`for rule (\S+): .*? at path ((?:/[\w-]+)+)`)
	indexRE         = regexp.MustCompile(`\.(\d+)\b`)
)

// refusedRE finds paths in such a reason.
var refusedRE = regexp.MustCompile(`spec([./][a-zA-Z]\w*|\[\d+\])+`)

// compileProblem places an error of engine.Compile, which starts with the path of the field that it is about.
func compileProblem(d *document.Document, err error) error {
	path, _, found := strings.Cut(err.Error(), ": ")
	if !found || strings.Contains(path, " ") {
		path = ""
	}
	message := err.Error()
	if d.File == "" {
		message = d.Object.GetKind() + " " + d.Object.GetName() + ": " + message
	}
	return d.Problem(path, message, explainHint)
}

// Explain explains what becomes of a request with the document's object. ctx bounds what rules fetch.
func (x *Explainer) Explain(ctx context.Context, d *document.Document, r Request) *Explanation {
	req := r.engine(d.Object)
	e := &Explanation{
		Resource: describe(d.Object), At: d.Start(), Operation: req.Operation, Object: d.Object, Verdict: Verdict{Admitted: true},
	}
	e.Filter, _ = x.filters.Match(req)
	p := &pass{explainer: x, document: d, request: req, explanation: e}
	p.mutate(ctx)
	p.verifyImages(ctx)
	if r.KnowsNamespace {
		p.podSecurity(r.Namespace)
	}
	p.validate(ctx)
	p.elsewhere()
	return e
}

// engine is the request as the engine takes it.
func (r Request) engine(object *unstructured.Unstructured) *engine.Request {
	req := &engine.Request{
		Operation: r.Operation, Object: object, OldObject: r.Old, NamespaceLabels: r.Namespace,
		User: r.User, Roles: r.Roles, ClusterRoles: r.ClusterRoles,
	}
	if req.Operation == "" {
		req.Operation = engine.Create
	}
	if req.Operation == engine.Delete {
		req.Object, req.OldObject = nil, object
	}
	return req
}

// pass is the explanation of one request in the making.
type pass struct {
	explainer   *Explainer
	document    *document.Document
	request     *engine.Request
	explanation *Explanation
}

// deny notes that somebody denies the request; the first one is who the client hears.
func (p *pass) deny(by, message string) {
	v := &p.explanation.Verdict
	if !v.Admitted {
		v.Others = append(v.Others, by)
		return
	}
	v.Admitted, v.By, v.Message = false, by, message
}

// webhook is the name of the webhook of Kyverno that answers for policies like p ("validate.kyverno.svc-fail").
func webhook(kind string, p *engine.Policy) string {
	if p.FailurePolicyIgnore() {
		return kind + ".kyverno.svc-ignore"
	}
	return kind + ".kyverno.svc-fail"
}

// denial is the API server's text for a webhook's refusal.
func denial(webhook, message string) string {
	return fmt.Sprintf("admission webhook %q denied the request: %s", webhook, message)
}

// describe names an object: kind and namespace/name.
func describe(object *unstructured.Unstructured) string {
	name := object.GetName()
	if name == "" {
		name = object.GetGenerateName() + "…"
	}
	if ns := object.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return object.GetKind() + " " + name
}
