package kyverno

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/image"
	"podsec/kube/sim/api"
)

// newVerifier verifies images as far as the network reaches; keys may be in the cluster's Secrets.
func newVerifier(k *Kyverno, network http.RoundTripper, kms image.KMS) *image.Verifier {
	if network == nil {
		network = unreachable{}
	}
	return &image.Verifier{
		Registry: image.Registry{Remote: []remote.Option{remote.WithTransport(network), remote.WithUserAgent("kyverno")}},
		Keys:     image.Keys{Secrets: fetcher{k}, KMS: kms},
		Logs:     func(ctx context.Context) error { return loadLogKeys(ctx, network) },
	}
}

// unreachable is a network in which no name is known.
type unreachable struct{}

// RoundTrip implements http.RoundTripper.
func (unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	unknown := &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), Server: "10.96.0.10:53", IsNotFound: true} // the cluster's DNS
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: unknown}
}

// trustRoot is where the keys of the public transparency logs are published.
const trustRoot = "https://tuf-repo-cdn.sigstore.dev/13.root.json"

// loadLogKeys asks for the keys of the public transparency logs, as sigstore's TUF client does first. What it got is not
// looked at: signatures that are made here are in no log.
func loadLogKeys(ctx context.Context, network http.RoundTripper) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, trustRoot, nil)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", trustRoot, err)
	}
	answer, err := (&http.Client{Transport: network}).Do(request)
	if err == nil {
		err = answer.Body.Close()
	}
	if err != nil {
		// The text only: a log that cannot be reached fails a policy, it does not make it an error.
		return fmt.Errorf("updating local metadata and targets: error updating to TUF remote mirror: tuf: failed to download 13.root.json: %s", err)
	}
	return nil
}

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Secret implements image.Secrets.
func (f fetcher) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	stored, err := f.k.client.Get(ctx, secrets, namespace, name)
	if err != nil {
		return nil, err
	}
	var typed corev1.Secret
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(stored.Object, &typed); err != nil {
		return nil, fmt.Errorf("read Secret %s/%s: %w", namespace, name, err)
	}
	return typed.Data, nil
}

// verifyImages lets the policies of the webhook verify the images of the object as mutated, after which answer has the
// digests and annotations. What was verified is judged by the validating webhook.
func (k *Kyverno) verifyImages(ctx context.Context, r *review, policies []*policy, answer api.Review) api.Review {
	request := r.request
	if answer.Object != nil {
		request.Object = answer.Object
	}
	verified := k.engine.VerifyImages(ctx, compiled(policies), &request)
	results := matched(verified.Results)
	message, blocked := engine.Blocked(results)
	k.emit(admissionEvents(results, request.Object, blocked))
	if blocked {
		return denial(message)
	}
	if verified.Object != r.Object {
		answer.Object = verified.Object
	}
	answer.Warnings = append(answer.Warnings, engine.Warnings(results)...)
	k.noteResults(ctx, r, verified.Object, results)
	return answer
}
