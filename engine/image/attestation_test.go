package image_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"podsec/engine"
	"podsec/engine/image"
)

const provenance = `{"builder":{"id":"https://ci.example/build"},"buildType":"make","invocation":{"configSource":{"uri":"git"}}}`

// attestations is an entry with one attestation of a type, by key a, with conditions on its predicate.
func attestations(kind, conditions string) string {
	entry := `imageReferences: ["*"]
attestations:
- type: ` + kind + `
  name: built
  attestors: [{entries: [{keys: {publicKeys: {a}, {offline}}}]}]`
	if conditions != "" {
		entry += "\n  conditions: [{all: [" + conditions + "]}]"
	}
	return entry
}

// TestAttestations pins what policies see of attestations, in both forms.
func TestAttestations(t *testing.T) {
	const slsa, builder = "https://slsa.dev/provenance/v0.2", `{key: "{{ builder.id }}", operator: Equals, value: "https://ci.example/build"}`
	tests := []struct {
		name, entry, by string
		status          engine.Status
		want            string
	}{
		{"attested", attestations(slsa, ""), "a", engine.Pass, `^verified image attestations for HOST/app`},
		{"condition", attestations(slsa, builder), "a", engine.Pass, `^verified image attestations for HOST/app`},
		{"failed condition", attestations(slsa, `{key: "{{ builder.id }}", operator: Equals, value: other, message: not our builder}`), "a", engine.Fail,
			`^image attestations verification failed, verifiedCount: 0, requiredCount: 1, error: .attestations\[0\].attestors\[0\].entries\[0\].keys: attestation checks failed for HOST/app.* and predicate https://slsa.dev/provenance/v0.2: not our builder$`},
		{"unknown field", attestations(slsa, `{key: "{{ nothing.here }}", operator: Equals, value: x}`), "a", engine.Fail,
			`failed to check attestations: failed to substitute variables`},
		{"other key", attestations(slsa, ""), "b", engine.Fail, `^image attestations verification failed, verifiedCount: 0, requiredCount: 1, error: `},
		{"named in validate", attestations(slsa, "") + `
validate:
  message: refused
  deny: {conditions: {all: [{key: "{{ built.buildType }}", operator: Equals, value: make, message: "{{ built.buildType }} is not allowed"}]}}`, "a", engine.Fail,
			`^validation in verifyImages failed: refused; make is not allowed$`},
		{"validate passes", attestations(slsa, "") + `
validate:
  deny: {conditions: {all: [{key: "{{ built.buildType }}", operator: Equals, value: other}]}}`, "a", engine.Pass,
			`^verifyImages validation is passed in images rule$`},
		{"without a type", attestations(`""`, ""), "a", engine.Fail, `^.attestations\[0\]: missing type$`},
	}
	for _, test := range tests {
		for form, formats := range map[string]image.Format{"": image.Tags, "type: SigstoreBundle\n": image.Bundle} {
			t.Run(test.name+" "+strings.TrimSpace(form), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.attest(w.push("app:v1"), test.by, formats, "slsaprovenance", provenance)
				request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
				verified := w.engine(nil).VerifyImages(context.Background(), []*engine.Policy{w.policy(form + test.entry)}, request)
				rule := verified.Results[0].Rules[0]
				want := regexp.MustCompile(strings.ReplaceAll(test.want, "HOST", regexp.QuoteMeta(w.host)))
				if rule.Status != test.status || !want.MatchString(rule.Message) {
					t.Errorf("%s: %s\nwant %s: %s", rule.Status, rule.Message, test.status, want)
				}
			})
		}
	}
}

// TestOtherPredicate: a tag's attestations are all verified, and those of the type are missed afterwards; bundles of other
// types are not looked at.
func TestOtherPredicate(t *testing.T) {
	for form, want := range map[string]string{
		"":                       "attestions not found for predicate type https://spdx.dev/Document",
		"type: SigstoreBundle\n": "sigstore bundle verification failed: no matching signatures found",
	} {
		w := newWorld(t)
		w.attest(w.push("app:v1"), "a", 0, "slsaprovenance", provenance)
		request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
		policy := w.policy(form + attestations("https://spdx.dev/Document", ""))
		rule := w.engine(nil).VerifyImages(context.Background(), []*engine.Policy{policy}, request).Results[0].Rules[0]
		if rule.Status != engine.Fail || !strings.HasSuffix(rule.Message, want) {
			t.Errorf("%s: %s\nwant %s", rule.Status, rule.Message, want)
		}
	}
}

// TestAttestationInPlaceOfSignature: a bundle that attests counts as a signature, an attestation in a tag does not.
func TestAttestationInPlaceOfSignature(t *testing.T) {
	for entry, status := range map[string]engine.Status{byA: engine.Fail, bundleByA: engine.Pass} {
		w := newWorld(t)
		w.attest(w.push("app:v1"), "a", 0, "custom", "hello")
		request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
		rule := w.engine(nil).VerifyImages(context.Background(), []*engine.Policy{w.policy(entry)}, request).Results[0].Rules[0]
		if rule.Status != status {
			t.Errorf("%s\n%s: %s, want %s", entry, rule.Status, rule.Message, status)
		}
	}
}

// TestPredicateTypes pins cosign's names and what it makes of a file.
func TestPredicateTypes(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	tests := []struct{ kind, content, uri, predicate, problem string }{
		{kind: "custom", content: "hello", uri: "https://cosign.sigstore.dev/attestation/v1",
			predicate: `{"Data":"hello","Timestamp":"2026-01-02T03:04:05Z"}`},
		{kind: "spdx", content: "SPDXVersion: 2", uri: "https://spdx.dev/Document", predicate: `"SPDXVersion: 2"`},
		{kind: "cyclonedx", content: `{"bomFormat":"CycloneDX"}`, uri: "https://cyclonedx.org/bom", predicate: `{"bomFormat":"CycloneDX"}`},
		{kind: "https://example.com/x", content: `{"a":1}`, uri: "https://example.com/x", predicate: `{"a":1}`},
		{kind: "https://example.com/x", content: `no`, problem: "invalid JSON payload for predicate type https://example.com/x: "},
		{kind: "link", content: `{}`, problem: "link statement: required field _type missing"},
		{kind: "vuln", content: `{"scanner":{"version":"3.2"},"other":1}`, uri: "https://cosign.sigstore.dev/attestation/vuln/v1",
			predicate: `{"invocation":{"builder.id":"","event_id":"","parameters":null,"uri":""},` +
				`"metadata":{"scanFinishedOn":"0001-01-01T00:00:00Z","scanStartedOn":"0001-01-01T00:00:00Z"},` +
				`"scanner":{"db":{"uri":"","version":""},"result":null,"uri":"","version":"3.2"}}`},
		{kind: "vuln", content: `[]`, problem: "json: cannot unmarshal array into Go value of type image.vulnerabilities"},
		{kind: "cyclonedx", content: `no`, problem: "invalid character 'o' in literal null"},
		{kind: "nonsense", content: `{}`, problem: "invalid predicate type: nonsense"},
	}
	for _, test := range tests {
		statement, err := image.NewStatement(digest, test.kind, []byte(test.content), epoch)
		if test.problem != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.problem) {
				t.Errorf("%s: error %v, want %s", test.kind, err, test.problem)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if statement.PredicateType != test.uri || string(statement.Predicate) != test.predicate || statement.Subject[0].Name != w.host+"/app" {
			t.Errorf("%s: %+v", test.kind, statement)
		}
	}
}
