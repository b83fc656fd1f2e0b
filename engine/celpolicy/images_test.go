package celpolicy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// registry knows which images keys have signed, and how; images that it does not know are not there.
type registry struct {
	signed  map[string]string // "image key", or "image key predicate type": "bundle" or "tag"
	unknown string
}

func (r *registry) Digest(_ context.Context, image string) (string, error) {
	if image == r.unknown {
		return "", errors.New("not there")
	}
	return "sha256:0", nil
}

func (r *registry) VerifySignature(_ context.Context, check engine.ImageCheck) (engine.ImageEvidence, error) {
	form, ok := r.signed[strings.TrimSpace(check.Image+" "+check.Key+" "+check.Type)]
	switch {
	case form == "other's bundle" && check.Bundle:
		return engine.ImageEvidence{Signatures: []engine.ImageSignature{{Form: "bundle"}}}, errors.New("no matching signatures")
	case !ok || (form == "bundle") != check.Bundle || !check.IgnoreTlog || !check.IgnoreSCT:
		return engine.ImageEvidence{}, errors.New("no signatures")
	}
	return engine.ImageEvidence{}, nil
}

func (r *registry) VerifyAttestations(ctx context.Context, check engine.ImageCheck) (engine.ImageEvidence, error) {
	evidence, err := r.VerifySignature(ctx, check)
	evidence.Statements = []map[string]any{{"predicateType": "other"}, {"predicateType": check.Type, "predicate": map[string]any{"scanner": "s"}}}
	return evidence, err
}

// about is a policy about images of pods, with two keys and an attestation.
func about(t *testing.T, name, configurations, validations string, world *celpolicy.World, verifier engine.ImageVerifier) *celpolicy.ImageValidating {
	t.Helper()
	policy, err := celpolicy.NewImageValidating(object(t, `
kind: ImageValidatingPolicy
metadata: {name: `+name+`}
spec:
  validationConfigurations: {verifyDigest: false, `+configurations+`}
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods]}]}
  matchImageReferences: [{glob: "ours/*"}]
  attestors:
  - {name: one, cosign: {key: {data: one}, ctlog: {insecureIgnoreTlog: true}}}
  - {name: two, cosign: {key: {expression: "'t' + 'wo'"}, ctlog: {insecureIgnoreTlog: true}}}
  - {name: notary, notary: {certs: {value: c}}}
  attestations: [{name: scan, intoto: {type: scanned}}, {name: sbom, referrer: {type: sbom}}]
  validations: [`+validations+"]"), nil, world, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// TestImages: what functions about images say.
func TestImages(t *testing.T) {
	signed := &registry{unknown: "ours/gone", signed: map[string]string{
		"ours/a one": "tag", "ours/a two": "bundle", "ours/a one scanned": "tag", "ours/b one": "other's bundle",
	}}
	world := &celpolicy.World{Images: map[string]map[string]any{"ours/a": {"digest": "sha256:0"}}}
	for name, test := range map[string]struct{ image, expression, want string }{
		"signed":            {"ours/a", "verifyImageSignatures('ours/a', [attestors.one]) == 1", "success"},
		"by two":            {"ours/a", "verifyImageSignatures('ours/a', [attestors.one, attestors.two, attestors.notary]) == 2", "success"},
		"bundles decide":    {"ours/b", "verifyImageSignatures('ours/b', [attestors.one]) > 0", "CEL expression validation failed at index 0"},
		"not about":         {"theirs/a", "size(images.containers) == 0 && verifyImageSignatures('theirs/a', [attestors.one]) == 0", "success"},
		"by nobody":         {"ours/a", "verifyImageSignatures('ours/a', []) == 0", "image ours/a is not verified: no policy performed a signature or attestation check on it"},
		"in vain":           {"ours/c", "verifyImageSignatures('ours/c', [attestors.one]) == 0", "image ours/c failed signature or attestation verification"},
		"attestation":       {"ours/a", "verifyAttestationSignatures('ours/a', attestations.scan, [attestors.one]) == 1 && extractPayload('ours/a', attestations.scan).predicate.scanner == 's'", "success"},
		"unverified":        {"ours/a", "extractPayload('ours/a', attestations.scan).a == 1", "failed to evaluate policy: failed to get payload: intoto attestation payload cannot be fetch before verifying intoto attestation"},
		"referrer":          {"ours/a", "verifyAttestationSignatures('ours/a', attestations.sbom, [attestors.one]) == 0 && extractPayload('ours/a', attestations.sbom) == 1", "failed to evaluate policy: failed to get payload: could not find attestation sbom"},
		"strange":           {"ours/a", "verifyAttestationSignatures('ours/a', 'strange', [attestors.one]) == 0", "failed to evaluate policy: attestation not found in policy: strange"},
		"data":              {"ours/a", "getImageData('ours/a').digest != 'sha256:0' || verifyImageSignatures('ours/a', [attestors.one]) == 1", "success"},
		"no data":           {"ours/a", "getImageData('ours/b').digest == ''", "failed to evaluate policy: failed to get imagedata: image data for ours/b not found in the context"},
		"gone":              {"ours/gone", "true", "failed to evaluate policy: not there"},
		"gone, and another": {"ours/a", "verifyImageSignatures('ours/gone', [attestors.one]) == 1", "failed to evaluate policy: failed to get imagedata: not there"},
		"broken":            {"ours/a", "nothing", "failed to compile policy: spec.validations[0].expression: Invalid value"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := about(t, "p", "required: true", `{expression: "`+test.expression+`"}`, world, signed)
			request := creation(t, "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: "+test.image+"}]}}", "pods")
			for range 2 { // the second time with what was compiled for the first
				said := celpolicy.EvaluateImages(context.Background(), []*celpolicy.ImageValidating{policy}, request)
				if len(said) != 1 || len(said[0]) != 1 || !strings.HasPrefix(said[0][0].Message, test.want) || said[0][0].Type != engine.ImageVerify {
					t.Errorf("got %+v, want %q", said, test.want)
				}
			}
		})
	}
}

// TestRequiredImages: what one policy requires another may verify, whatever their order.
func TestRequiredImages(t *testing.T) {
	signed := &registry{signed: map[string]string{"ours/a one": "tag"}}
	requires := about(t, "requires", "required: true", `{expression: "true"}`, &celpolicy.World{}, signed)
	verifies := about(t, "verifies", "required: false", `{expression: "verifyImageSignatures(images.containers[0], [attestors.one]) >= 0"}`, &celpolicy.World{}, signed)
	for image, want := range map[string]engine.Status{"ours/a": engine.Pass, "ours/b": engine.Fail} {
		request := creation(t, "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: "+image+"}]}}", "pods")
		said := celpolicy.EvaluateImages(context.Background(), []*celpolicy.ImageValidating{requires, verifies}, request)
		if len(said) != 2 || said[0][0].Status != want || said[0][0].Rule != "requires" || said[1][0].Status != engine.Pass {
			t.Errorf("%s: got %+v", image, said)
		}
	}
}

// TestImagePayload: policies of that mode, and only they, judge any JSON, with no exceptions and no request to ask about.
// The answers are those of the Kyverno CLI.
func TestImagePayload(t *testing.T) {
	const undeclared = `failed to compile policy [spec.validations[0].expression: Invalid value: "%s": ERROR: <input>:1:%d: undeclared reference to '%s' (in container '')`
	for expression, want := range map[string]string{
		"images.all.exists(i, i == 'a')": "image a is not verified: no policy performed a signature or attestation check on it map[k:annotated]",
		"images.all == []":               "CEL expression validation failed at index 0 map[k:annotated]",
		"object.nothing == 1":            "no such key: nothing",
		"nothing":                        fmt.Sprintf(undeclared, "nothing", 1, "nothing"),
		"variables.v == 'a'":             fmt.Sprintf(undeclared, "variables.v == 'a'", 1, "variables"),
		"has(request.x)":                 fmt.Sprintf(undeclared, "has(request.x)", 5, "request"),
		"dyn(oldObject) == null":         fmt.Sprintf(undeclared, "dyn(oldObject) == null", 5, "oldObject"),
		"dyn(namespaceObject) == null":   fmt.Sprintf(undeclared, "dyn(namespaceObject) == null", 5, "namespaceObject"),
	} {
		if got := aboutPayload(t, "true", expression); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
	if got := aboutPayload(t, "false", "true"); got != "success map[]" {
		t.Errorf("got %q", got)
	}
}

// aboutPayload is what a policy about JSON says, beside one that is not.
func aboutPayload(t *testing.T, required, expression string) string {
	t.Helper()
	exception := object(t, `
kind: PolicyException
metadata: {name: x}
spec: {policyRefs: [{name: p, kind: ImageValidatingPolicy}], matchConditions: [{name: c, expression: "true"}]}
`)
	var policies []*celpolicy.ImageValidating
	for _, mode := range []string{"Kubernetes", "JSON"} {
		policy, err := celpolicy.NewImageValidating(object(t, `
kind: ImageValidatingPolicy
metadata: {name: p}
spec:
  evaluation: {mode: `+mode+`}
  validationConfigurations: {verifyDigest: false, required: `+required+`}
  matchImageReferences: [{glob: "*"}]
  images: [{name: all, expression: "[object.image]"}]
  variables: [{name: v, expression: "object.image"}]
  validations: [{expression: "`+expression+`"}]
  auditAnnotations: [{key: k, valueExpression: "'annotated'"}]
`), []*unstructured.Unstructured{exception}, &celpolicy.World{}, &registry{})
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, policy)
	}
	said, err := celpolicy.EvaluateImagePayload(context.Background(), policies, map[string]any{"image": "a"})
	switch {
	case err != nil:
		return err.Error()
	case len(said) != 2 || said[0] != nil || len(said[1]) != 1:
		t.Fatalf("got %+v", said)
	}
	return fmt.Sprint(said[1][0].Message, " ", said[1][0].Properties)
}
