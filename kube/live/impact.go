package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/inspect"
)

// assessor says what a policy would do to what exists.
type assessor interface {
	Affected(ctx context.Context, policy *unstructured.Unstructured) (inspect.Affected, error)
}

// agreements remembers the policies for the whole cluster whose effect the user has been shown.
type agreements struct {
	mu    sync.Mutex
	shown map[[sha256.Size]byte]bool
}

// has reports whether a policy's effect has been shown.
func (a *agreements) has(policy []byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown[sha256.Sum256(policy)]
}

// add remembers that a policy's effect is shown now.
func (a *agreements) add(policy []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == nil {
		a.shown = map[[sha256.Size]byte]bool{}
	}
	a.shown[sha256.Sum256(policy)] = true
}

// needAgreement has the user agree to a policy for the whole cluster: it is refused the first time, with the list of
// what exists and it would be against, and goes through when it is sent again. What the cluster itself refuses in a dry
// run is the cluster's to refuse, and a policy against nothing needs no agreement.
func (g *Gate) needAgreement(r *http.Request, q *request) error {
	if g.assess == nil || q.dryRun || !clusterPolicy(q) || q.subresource != "" {
		return nil
	}
	if q.verb != "create" && q.verb != "update" && q.verb != "patch" {
		return nil
	}
	policy, sent, err := g.rehearse(r, q)
	if err != nil || policy == nil || g.agreements.has(sent) {
		return err
	}
	found, err := g.assess.Affected(r.Context(), policy)
	if err != nil {
		return internal(fmt.Errorf("look at what %s would affect: %w", policy.GetName(), err))
	}
	if len(found.Against) == 0 {
		return nil
	}
	g.agreements.add(sent)
	return &refusal{code: http.StatusForbidden, reason: metav1.StatusReasonForbidden, text: impact(policy, found)}
}

func clusterPolicy(q *request) bool {
	return q.resource.Group == "kyverno.io" && q.resource.Resource == "clusterpolicies"
}

// rehearse sends a request as a dry run. It returns the policy as the cluster would store it, nil when the cluster would
// not, and what was sent; the request can be read again.
func (g *Gate) rehearse(r *http.Request, q *request) (policy *unstructured.Unstructured, sent []byte, err error) {
	sent, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read request: %w", err)
	}
	if len(sent) > maxBody {
		return nil, nil, tooLarge()
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	address := *g.base
	address.Path = path.Join(g.base.Path, r.URL.Path)
	query := r.URL.Query()
	query.Set("dryRun", metav1.DryRunAll)
	address.RawQuery = url.Values(query).Encode()
	dry, err := http.NewRequestWithContext(r.Context(), r.Method, address.String(), bytes.NewReader(sent))
	if err != nil {
		return nil, nil, fmt.Errorf("ask about %s: %w", q.name, err)
	}
	dry.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	dry.Header.Set("Accept", "application/json")
	answer, err := g.client.Do(dry)
	if err != nil {
		return nil, nil, fmt.Errorf("ask about %s: %w", q.name, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		return nil, sent, nil
	}
	policy = &unstructured.Unstructured{}
	if err := json.NewDecoder(answer.Body).Decode(&policy.Object); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", q.name, err)
	}
	return policy, append([]byte(r.Method+" "+r.URL.Path+" "), sent...), nil
}

// mostShown is how many objects are named one by one.
const mostShown = 8

// impact says what a policy would be against.
func impact(policy *unstructured.Unstructured, found inspect.Affected) string {
	var lines []string
	for i, d := range found.Against {
		if i == mostShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(found.Against)-mostShown))
			break
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", d.Kind, d.Ref, d.After.Verdict))
	}
	return fmt.Sprintf("ClusterPolicy %q would be in force in the whole cluster, where %d of %d objects that exist are affected if they are sent again:\n  %s\nNothing was changed. Send it again to agree",
		policy.GetName(), len(found.Against), found.Judged, strings.Join(lines, "\n  "))
}
