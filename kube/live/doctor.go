package live

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Level is how much a finding matters.
type Level string

// The levels of a finding.
const (
	Fine    Level = "ok"
	Note    Level = "note"    // good to know
	Warning Level = "warning" // something will differ from the simulated cluster
	Problem Level = "problem" // labs will fail
)

// Finding is one thing that the doctor found out.
type Finding struct {
	Level Level    `json:"level"`
	About string   `json:"about"`
	Text  string   `json:"text"`
	Hint  string   `json:"hint,omitempty"`
	Labs  []string `json:"labs,omitempty"` // the IDs of the labs that it matters for, none for all
}

// Need is what a lab needs of a cluster.
type Need struct {
	Lab     string
	Kyverno bool // Kyverno must be there at its start
}

// Doctor looks at a cluster and changes nothing.
type Doctor struct {
	target *Target
	needs  []Need
	client kubernetes.Interface
	any    dynamic.Interface
	found  []Finding
}

// Examine says what will work on a cluster and what will not, for labs with the given needs. The error is set when the
// cluster cannot be asked at all.
func Examine(ctx context.Context, target *Target, needs []Need) ([]Finding, error) {
	config := rest.CopyConfig(target.Config)
	config.WarningHandler = rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	d := &Doctor{target: target, needs: needs, client: client, any: objects}
	for _, look := range []func(context.Context) error{d.version, d.kyverno, d.reports, d.podSecurity, d.permissions, d.policies} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return d.found, nil
}

func (d *Doctor) say(level Level, about, hint, format string, args ...any) *Finding {
	d.found = append(d.found, Finding{Level: level, About: about, Text: fmt.Sprintf(format, args...), Hint: hint})
	return &d.found[len(d.found)-1]
}

// version asks for the server's version, which also says whether it answers.
func (d *Doctor) version(ctx context.Context) error {
	v, err := versionOf(ctx, d.client)
	if err != nil {
		return err
	}
	d.say(Fine, "server", "", "Kubernetes %s at %s", v.GitVersion, d.target.Server)
	switch {
	case strings.Contains(v.GitVersion, "-eks-") || strings.Contains(d.target.Server, ".eks.amazonaws.com"):
		d.say(Fine, "EKS", "", "this is Amazon EKS: Pod Security Admission cannot be configured beyond labels of namespaces")
	default:
		d.say(Note, "EKS", "", "this is not Amazon EKS; the labs say what would differ there")
	}
	if minor := strings.TrimRight(v.Minor, "+"); v.Major == "1" && len(minor) == 2 && minor < "25" {
		d.say(Problem, "server", "use a cluster of 1.25 or newer", "Pod Security Admission is stable from Kubernetes 1.25")
	}
	return nil
}

// labs lists the labs that start with Kyverno installed, or those that do not.
func (d *Doctor) labs(kyverno bool) []string {
	var out []string
	for _, n := range d.needs {
		if n.Kyverno == kyverno {
			out = append(out, n.Lab)
		}
	}
	return out
}

// permission is something that labs do.
type permission struct {
	group, resource, verb string
	why                   string
}

func permissions() []permission {
	return []permission{
		{"", "namespaces", "create", "labs work in namespaces of their own"},
		{"", "pods", "create", "labs make pods"},
		{"apps", "deployments", "create", "labs make Deployments"},
		{"kyverno.io", "clusterpolicies", "create", "labs apply policies"},
		{"wgpolicyk8s.io", "policyreports", "list", "labs read reports"},
		{"", "events", "list", "labs read events"},
		{"apiextensions.k8s.io", "customresourcedefinitions", "create", "Kyverno's installation"},
		{"rbac.authorization.k8s.io", "clusterroles", "create", "Kyverno's installation"},
		{"admissionregistration.k8s.io", "validatingwebhookconfigurations", "delete", "clean-up when Kyverno is gone"},
	}
}

// permissions asks whether the user may do what labs do.
func (d *Doctor) permissions(ctx context.Context) error {
	missing := 0
	for _, p := range permissions() {
		answer, err := d.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
				Group: p.group, Resource: p.resource, Verb: p.verb,
			}},
		}, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("ask for permissions: %w", err)
		}
		if !answer.Status.Allowed {
			missing++
			d.say(Problem, "permissions", "ask the cluster's administrator", "you may not %s %s: %s", p.verb, p.resource, p.why)
		}
	}
	if missing == 0 {
		d.say(Fine, "permissions", "", "you may do all that the labs do")
	}
	return nil
}
