package image_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/image"
)

// verifies makes a policy that enforces, with one entry of verifyImages; {a}, {b} are public keys, {host} the registry.
// The entry is for offline keys unless it says otherwise.
func (w *world) policy(entry string) *engine.Policy {
	w.t.Helper()
	text := `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed, uid: "1", resourceVersion: "1"}
spec:
  validationFailureAction: Enforce
  rules:
  - name: images
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - ` + strings.ReplaceAll(strings.TrimSpace(w.expand(entry)), "\n", "\n      ")
	var object map[string]any
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		w.t.Fatalf("%v in\n%s", err, text)
	}
	policy, err := engine.Compile(&unstructured.Unstructured{Object: object})
	if err != nil {
		w.t.Fatal(err)
	}
	return policy
}

// expand fills in {host}, {a}, {b}, {c}: the registry and public keys in quotes, and {offline}: no logs.
func (w *world) expand(text string) string {
	text = strings.ReplaceAll(text, "{host}", w.host)
	text = strings.ReplaceAll(text, "{offline}", "rekor: {url: https://rekor.sigstore.dev, ignoreTlog: true}, ctlog: {ignoreSCT: true}")
	for _, key := range []string{"a", "b", "c"} {
		if strings.Contains(text, "{"+key+"}") {
			text = strings.ReplaceAll(text, "{"+key+"}", `"`+strings.ReplaceAll(w.key(key).pem, "\n", `\n`)+`"`)
		}
	}
	return text
}

// pod is a pod with one container.
func pod(image string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web", "namespace": "default"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": image}}},
	}}
}

func imageOf(pod *unstructured.Unstructured) string {
	containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
	return containers[0].(map[string]any)["image"].(string)
}

// engine is an engine on the registry of the world.
func (w *world) engine(cache engine.ImageCache) *engine.Engine {
	return engine.New(engine.Options{ImageCache: cache, ImageVerifier: &image.Verifier{
		Registry: w.registry,
		Keys: image.Keys{
			Secrets: secrets{"keys/cosign": {"cosign.pub": []byte(w.key("a").pem)}},
			KMS:     service{"awskms:///alias/signer": w.key("a").signer},
		},
	}})
}

const (
	byA = `imageReferences: ["{host}/*"]
attestors: [{entries: [{keys: {publicKeys: {a}, {offline}}}]}]`
	bundleByA = "type: SigstoreBundle\n" + byA
)

// TestPolicies pins Kyverno's verdicts and texts. signed is what has happened to {host}/app:v1.
func TestPolicies(t *testing.T) {
	signed := func(by string, formats image.Format) func(*world, name.Digest) {
		return func(w *world, d name.Digest) { w.sign(d, by, formats) }
	}
	tests := []struct {
		name   string
		entry  string
		signed func(*world, name.Digest)
		status engine.Status
		want   string // of the message; HOST for the registry
	}{
		{"tag", byA, signed("a", image.Tags), engine.Pass, `^verified image signatures for HOST/app:v1$`},
		{"tag for bundle", bundleByA, signed("a", image.Tags), engine.Fail,
			`^failed to verify image HOST/app:v1: .attestors\[0\].entries\[0\].keys: sigstore bundle verification failed: no matching signatures found$`},
		{"bundle", bundleByA, signed("a", image.Bundle), engine.Pass, `^verified image signatures for HOST/app:v1$`},
		{"bundle for tag", byA, signed("a", image.Bundle), engine.Fail,
			`^failed to verify image HOST/app:v1: .attestors\[0\].entries\[0\].keys: no signatures found$`},
		{"other key", byA, signed("b", 0), engine.Fail,
			`^failed to verify image HOST/app:v1: .attestors\[0\].entries\[0\].keys: no matching signatures: invalid signature when validating ASN.1 encoded signature$`},
		{"key in Secret", `imageReferences: ["*"]
attestors: [{entries: [{keys: {secret: {name: cosign, namespace: keys}, {offline}}}]}]`, signed("a", 0), engine.Pass, `^verified`},
		{"no Secret", `imageReferences: ["*"]
attestors: [{entries: [{keys: {secret: {name: other, namespace: keys}, {offline}}}]}]`, signed("a", 0), engine.Fail,
			`entries\[0\].keys: failed to load public key from k8s://keys/other: checking if secret exists: secrets "other" not found$`},
		{"key in KMS", `imageReferences: ["*"]
attestors: [{entries: [{keys: {kms: "awskms:///alias/signer", {offline}}}]}]`, signed("a", 0), engine.Pass, `^verified`},
		{"no key in KMS", `imageReferences: ["*"]
attestors: [{entries: [{keys: {kms: "awskms:///alias/other", {offline}}}]}]`, signed("a", 0), engine.Fail,
			`failed to load public key from awskms:///alias/other: NotFoundException`},
		{"older fields", `image: "*"
key: {a}`, signed("a", 0), engine.Fail, `: no matching signatures: signature not found in transparency log$`},
		{"either of two keys", `imageReferences: ["*"]
attestors: [{count: 1, entries: [{keys: {publicKeys: {b}, {offline}}}, {keys: {publicKeys: {a}, {offline}}}]}]`,
			signed("a", 0), engine.Pass, `^verified`},
		{"both of two keys", `imageReferences: ["*"]
attestors: [{entries: [{keys: {publicKeys: {a}, {offline}}}, {keys: {publicKeys: {b}, {offline}}}]}]`,
			signed("a", 0), engine.Fail, `: .attestors\[0\].entries\[1\].keys: no matching signatures: `},
		{"both sets", `imageReferences: ["*"]
attestors: [{entries: [{keys: {publicKeys: {a}, {offline}}}]}, {entries: [{keys: {publicKeys: {b}, {offline}}}]}]`,
			signed("a", 0), engine.Fail, `: .attestors\[1\].entries\[0\].keys: no matching signatures: `},
		{"two of nested", `imageReferences: ["*"]
attestors: [{entries: [{attestor: {count: 1, entries: [{keys: {publicKeys: {b}, {offline}}}, {keys: {publicKeys: {c}, {offline}}}]}}]}]`,
			signed("a", 0), engine.Fail, `: .attestors\[0\].entries\[0\].attestor.entries\[0\].keys: no matching .*; .attestors\[0\].entries\[0\].attestor.entries\[1\].keys: no matching`},
		{"annotations", `imageReferences: ["*"]
attestors: [{entries: [{annotations: {team: web}, keys: {publicKeys: {a}, {offline}}}]}]`,
			signed("a", 0), engine.Fail, `: no signature matched the required annotations$`},
		{"with log", `imageReferences: ["*"]
attestors: [{entries: [{keys: {publicKeys: {a}}}]}]`, signed("a", 0), engine.Fail,
			`: no matching signatures: signature not found in transparency log$`},
		{"skipped", "skipImageReferences: [\"*/app:*\"]\n" + byA, signed("b", 0), engine.Skip,
			`^skipping image reference image HOST/app:v1, policy signed ruleName images$`},
		{"keyless", `imageReferences: ["*"]
attestors: [{entries: [{keyless: {issuer: x, subject: y, rekor: {url: z}}}]}]`, signed("a", 0), engine.Fail,
			`entries\[0\].keyless: keyless signatures are not verified here`},
		{"Notary", "type: Notary\n" + `imageReferences: ["*"]
attestors: [{entries: [{certificates: {cert: x}}]}]`, signed("a", 0), engine.Fail, `type Notary is not verified here`},
		{"wrong key", `imageReferences: ["*"]
attestors: [{entries: [{keys: {publicKeys: "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", {offline}}}]}]`,
			signed("a", 0), engine.Fail, `failed to load public key from PEM: pem to public key: PEM decoding failed$`},
		{"only digests", `imageReferences: ["*"]`, signed("b", 0), engine.Pass, `^mutated image digest$`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			digest := w.push("app:v1")
			test.signed(w, digest)
			request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
			policy := w.policy(test.entry)
			verified := w.engine(nil).VerifyImages(context.Background(), []*engine.Policy{policy}, request)
			rule := verified.Results[0].Rules[0]
			want := regexp.MustCompile(strings.ReplaceAll(test.want, "HOST", regexp.QuoteMeta(w.host)))
			if rule.Status != test.status || !want.MatchString(rule.Message) {
				t.Errorf("%s: %s\nwant %s: %s", rule.Status, rule.Message, test.status, want)
			}
			message, blocked := engine.Blocked(verified.Results)
			if blocked != (test.status == engine.Fail) {
				t.Errorf("blocked %v: %s", blocked, message)
			}
			if blocked {
				return
			}
			if got, want := imageOf(verified.Object), w.host+"/app:v1@"+digest.DigestStr(); got != want {
				t.Errorf("image %s, want %s", got, want)
			}
			afterwards := *request
			afterwards.Object = verified.Object
			if judged := w.engine(nil).Validate(context.Background(), policy, &afterwards); test.name != "only digests" &&
				judged.Rules[0].Status != test.status {
				t.Errorf("validated: %s: %s", judged.Rules[0].Status, judged.Rules[0].Message)
			}
		})
	}
}

// TestAnnotations pins what is noted of a verified image.
func TestAnnotations(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	w.sign(digest, "a", image.Tags)
	request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
	verified := w.engine(nil).VerifyImages(context.Background(), []*engine.Policy{w.policy(byA)}, request)
	name := w.host + "/app@" + digest.DigestStr()
	want := map[string]string{
		"kyverno.io/verify-images":        `{"` + name + `":"pass"}`,
		"kyverno.io/verify-images-scoped": `{"version":1,"policies":{"/signed":{"images":{"` + name + `":"pass"}}}}`,
	}
	if diff := cmp.Diff(want, verified.Object.GetAnnotations()); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if imageOf(request.Object) != w.host+"/app:v1" || len(request.Object.GetAnnotations()) > 0 {
		t.Error("the request's object was changed")
	}
}

// TestValidateUnverified: an object that did not pass the mutating webhook is not let in.
func TestValidateUnverified(t *testing.T) {
	w := newWorld(t)
	digest := w.push("app:v1")
	for reference, want := range map[string]string{
		"app:v1":                    "missing digest for HOST/app:v1",
		"app@" + digest.DigestStr(): "unverified image HOST/app@" + digest.DigestStr(),
	} {
		request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/" + reference)}
		result := w.engine(nil).Validate(context.Background(), w.policy(byA), request)
		want = strings.ReplaceAll(want, "HOST", w.host)
		if rule := result.Rules[0]; rule.Status != engine.Fail || rule.Message != want || rule.Type != engine.ImageVerify {
			t.Errorf("%s: %s %s, want %s", reference, rule.Status, rule.Message, want)
		}
	}
}

// TestUseCache: a tag that moves to an unsigned image is let in for an hour, unless useCache is false.
func TestUseCache(t *testing.T) {
	for _, test := range []struct {
		name, entry string
		wait        time.Duration
		status      engine.Status
	}{
		{"cached", byA, time.Minute, engine.Pass},
		{"expired", byA, 2 * time.Hour, engine.Fail},
		{"useCache false", "useCache: false\n" + byA, time.Minute, engine.Fail},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.sign(w.push("app:v1"), "a", image.Tags)
			now := epoch
			e := w.engine(image.NewCache(func() time.Time { return now }))
			policies := []*engine.Policy{w.policy(test.entry)}
			request := &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")}
			if first := e.VerifyImages(context.Background(), policies, request); first.Results[0].Rules[0].Status != engine.Pass {
				t.Fatalf("not verified: %+v", first.Results[0].Rules[0])
			}
			moved := w.push("app:v1")
			now = now.Add(test.wait)
			second := e.VerifyImages(context.Background(), policies, request)
			rule := second.Results[0].Rules[0]
			if rule.Status != test.status {
				t.Errorf("%s: %s, want %s", rule.Status, rule.Message, test.status)
			}
			if test.status == engine.Pass && (rule.Message != "verified from cache" || !strings.HasSuffix(imageOf(second.Object), moved.DigestStr())) {
				t.Errorf("message %q, image %s", rule.Message, imageOf(second.Object))
			}
		})
	}
}

// TestUpdate: an image that an update leaves alone is not verified again.
func TestUpdate(t *testing.T) {
	w := newWorld(t)
	w.sign(w.push("app:v1"), "a", image.Tags)
	e, policies := w.engine(nil), []*engine.Policy{w.policy(byA)}
	created := e.VerifyImages(context.Background(), policies, &engine.Request{Operation: engine.Create, Object: pod(w.host + "/app:v1")})
	changed := created.Object.DeepCopy()
	changed.SetLabels(map[string]string{"new": "yes"})
	request := &engine.Request{Operation: engine.Update, Object: changed, OldObject: created.Object}
	w.registry = image.Registry{} // nothing can be looked up any more
	updated := e.VerifyImages(context.Background(), policies, request)
	for _, rule := range updated.Results[0].Rules {
		if rule.Matched {
			t.Errorf("%s verified again: %s", rule.Rule, rule.Message)
		}
	}
	if diff := cmp.Diff(created.Object.GetAnnotations(), updated.Object.GetAnnotations()); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}
