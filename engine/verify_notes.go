package engine

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The annotations in which Kyverno notes what it verified: by image, and by policy and rule.
const (
	verifyAnnotation       = "kyverno.io/verify-images"
	scopedVerifyAnnotation = "kyverno.io/verify-images-scoped"
)

// verifiedImages collects what is noted in the annotations.
type verifiedImages struct {
	images map[string]Status
	scoped scopedImages
}

// scopedImages is the annotation by policy ("namespace/name"), rule and image.
type scopedImages struct {
	Version  int                                     `json:"version"`
	Policies map[string]map[string]map[string]Status `json:"policies"`
}

// noteStatus is a status as annotations have it: an error counts as a failure.
func noteStatus(s Status) Status {
	switch s {
	case Pass, Skip:
		return s
	case Warn:
		return Skip
	default:
		return Fail
	}
}

func (v *verifiedImages) add(image string, status Status) {
	if v.images == nil {
		v.images = map[string]Status{}
	}
	v.images[image] = noteStatus(status)
}

func (v *verifiedImages) addScoped(p *Policy, rule, image string, status Status) {
	if v.scoped.Policies == nil {
		v.scoped = scopedImages{Version: 1, Policies: map[string]map[string]map[string]Status{}}
	}
	rules := v.scoped.Policies[scopeKey(p)]
	if rules == nil {
		rules = map[string]map[string]Status{}
		v.scoped.Policies[scopeKey(p)] = rules
	}
	if rules[rule] == nil {
		rules[rule] = map[string]Status{}
	}
	rules[rule][image] = noteStatus(status)
}

func scopeKey(p *Policy) string { return p.Namespace() + "/" + p.Name() }

// annotate writes the annotations; nothing noted writes none.
func (v *verifiedImages) annotate(object *unstructured.Unstructured) {
	if len(v.images) == 0 && len(v.scoped.Policies) == 0 {
		return
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[verifyAnnotation] = toJSON(v.images)
	if v.scoped.Policies != nil {
		annotations[scopedVerifyAnnotation] = toJSON(v.scoped)
	}
	object.SetAnnotations(annotations)
}

// verifiedFor is what the annotations of an object say of an image for a rule; nothing said is Fail.
func verifiedFor(object *unstructured.Unstructured, p *Policy, rule, image string) (Status, error) {
	data, ok := object.GetAnnotations()[scopedVerifyAnnotation]
	if !ok {
		return Fail, nil
	}
	var noted scopedImages
	if err := json.Unmarshal([]byte(data), &noted); err != nil {
		return Fail, fmt.Errorf("failed to parse scoped image metadata: %w", err)
	}
	if status, ok := noted.Policies[scopeKey(p)][rule][image]; ok && noted.Version == 1 {
		return status, nil
	}
	return Fail, nil
}
