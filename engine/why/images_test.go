package why_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/why"
)

// signed is an engine.ImageVerifier for which images whose name has "signed" in it are signed.
type signed struct{}

const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (signed) VerifySignature(_ context.Context, c engine.ImageCheck) (engine.ImageEvidence, error) {
	if strings.Contains(c.Image, "/signed") {
		return engine.ImageEvidence{Digest: digest, Signatures: []engine.ImageSignature{
			{Where: "registry.example/signed:old.sig", Form: "simple signing", Note: "made with another key"},
			{Where: "registry.example/signed:new.sig", Form: "simple signing", OK: true},
		}}, nil
	}
	return engine.ImageEvidence{}, errors.New("no signatures found")
}

func (s signed) VerifyAttestations(ctx context.Context, c engine.ImageCheck) (engine.ImageEvidence, error) {
	return s.VerifySignature(ctx, c)
}

func (signed) Digest(context.Context, string) (string, error) { return digest, nil }

const signatures = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signatures}
spec:
  webhookConfiguration: {failurePolicy: Fail}
  rules:
  - name: verify
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - imageReferences: ["registry.example/*"]
      failureAction: Enforce
      attestors: [{entries: [{keys: {publicKeys: "k8s://kyverno/key"}}]}]
`

// TestVerifyImages explains verifyImages rules when signatures can be looked up: a signed image gets its digest, an
// unsigned one denies the request, before anything is validated.
func TestVerifyImages(t *testing.T) {
	policies, err := document.Parse("policy.yaml", []byte(signatures))
	if err != nil {
		t.Fatal(err)
	}
	explainer, err := why.New(why.Options{Policies: policies, Engine: engine.Options{ImageVerifier: signed{}}})
	if err != nil {
		t.Fatal(err)
	}
	for image, wants := range map[string][]string{
		"registry.example/signed:1": {
			"signatures/verify  passes",
			"    spec.containers[0].image (pod.yaml:4) is registry.example/signed:1\n" +
				"      verifyImages[0].imageReferences[0] (policy.yaml:11)\n        yes: \"registry.example/*\" matches\n" +
				"      verifyImages[0].attestors[0].entries[0].keys (policy.yaml:13)\n" +
				"        no: simple signing at registry.example/signed:old.sig: made with another key\n" +
				"        yes: simple signing at registry.example/signed:new.sig\n" +
				"        yes: signed: " + digest + "\n" +
				"      verifyImages[0].mutateDigest (policy.yaml:11)\n        yes: the tag becomes a digest: " + digest + "\n",
			"~ spec.containers[0].image: \"registry.example/signed:1@" + digest + "\", was", "+ metadata.annotations: ",
			"Verdict: admitted",
		},
		"registry.example/other:1": {
			"signatures/verify  fails, blocks the request (policy.yaml:8)",
			"        yes: \"registry.example/*\" matches\n", "        no: no signatures found\n",
			"blocks because spec.rules[0].verifyImages[0].failureAction is Enforce (policy.yaml:12)",
			"Verdict: denied by Kyverno (mutate.kyverno.svc-fail)", "no signatures found",
		},
		"elsewhere.example/other:1": {
			"signatures/verify  not considered", "no image matches imageReferences", "Verdict: admitted",
		},
	} {
		pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: web, image: \"" + image + "\"}]}\n"
		resource, err := document.Parse("pod.yaml", []byte(pod))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := explainer.Explain(t.Context(), resource[0], why.Request{}).WriteText(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: there is no %q in\n%s", image, want, out.String())
			}
		}
	}
}
