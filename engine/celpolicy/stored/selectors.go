package stored

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// namespaces is the namespaceSelector of the policy's webhook: a policy of a namespace sees that one alone.
func (p *Policy) namespaces(selectors Selectors) *metav1.LabelSelector {
	if own := p.object.GetNamespace(); own != "" {
		return merge(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpIn, Values: []string{own}},
		}}, selectors.Namespace)
	}
	return merge(p.written.GetMatchConstraints().NamespaceSelector, selectors.Namespace)
}

func (p *Policy) objects(selectors Selectors) *metav1.LabelSelector {
	return merge(p.written.GetMatchConstraints().ObjectSelector, selectors.Object)
}

// merge asks for what both selectors ask for; where they name one label the second wins. Nil asks for nothing.
func merge(a, b *metav1.LabelSelector) *metav1.LabelSelector {
	out := &metav1.LabelSelector{}
	for _, selector := range []*metav1.LabelSelector{a, b} {
		if selector == nil {
			continue
		}
		if len(selector.MatchLabels) > 0 && out.MatchLabels == nil {
			out.MatchLabels = map[string]string{}
		}
		maps.Copy(out.MatchLabels, selector.MatchLabels)
		out.MatchExpressions = append(out.MatchExpressions, selector.MatchExpressions...)
	}
	return out
}

// selected are policies whose webhook has the same selectors.
type selected struct {
	key                 string // a digest of the selectors
	namespaces, objects *metav1.LabelSelector
	policies            []*Policy
}

// bySelectors groups policies by the selectors of their webhooks, ordered by the groups' keys.
func bySelectors(policies []*Policy, selectors Selectors) []*selected {
	groups := map[string]*selected{}
	for _, p := range policies {
		namespaces, objects := p.namespaces(selectors), p.objects(selectors)
		key := digest(namespaces, objects)
		if groups[key] == nil {
			groups[key] = &selected{key: key, namespaces: namespaces, objects: objects}
		}
		groups[key].policies = append(groups[key].policies, p)
	}
	return slices.SortedFunc(maps.Values(groups), func(a, b *selected) int { return cmp.Compare(a.key, b.key) })
}

// digest is Kyverno's, so that webhooks have the same names. A selector that asks for nothing is none to it.
func digest(selectors ...*metav1.LabelSelector) string {
	for i, selector := range selectors {
		if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
			selectors[i] = nil
		}
	}
	text, err := json.Marshal(selectors)
	if err != nil { // of strings there is none
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
