package account_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/kube/account"
	"podsec/kube/registry"
)

// TestGateOfImages: images are pushed through the gate to repositories that the workshop made, also once one was found to
// be, and to no others; reading is the registry's to allow.
func TestGateOfImages(t *testing.T) {
	w := newWorld(t)
	served, err := w.account.Serve(t.Context(), "127.0.0.1:0")
	w.must(err)
	const host = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
	gate, err := account.NewGate(t.Context(), w.target(), w.ledger(), account.GateOptions{Mirrors: host + "=" + served.URL})
	w.must(err)
	t.Cleanup(func() { _ = gate.Close() })
	c := clientOf(gate.Environment())
	w.repository("theirs", false)
	_, err = c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &names.Repositories[0]})
	w.must(err)
	_, err = c.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("theirs")})
	if code, _ := codeOf(err); code != "RepositoryAlreadyExistsException" {
		t.Errorf("a second repository of the name: %v", err)
	}
	push := pusher(w, gate, c)
	for repository, want := range map[string]string{
		"supply-chain-security": "",
		"theirs":                "DENIED: podsec pushes only to repositories that the workshop made, and theirs is not one; the registry was not asked",
		"nobodys":               "NAME_UNKNOWN",
	} {
		for range 2 {
			err := push(host + "/" + repository + ":v1")
			if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v, want %q", repository, err, want)
			}
		}
	}
	_, err = c.ecr.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: &names.Repositories[0], Force: true})
	w.must(err)
	w.repository(names.Repositories[0], false) // somebody takes the name
	if err := push(host + "/" + names.Repositories[0] + ":v1"); err == nil || !strings.Contains(err.Error(), "podsec pushes only") {
		t.Errorf("a name that was taken: %v", err)
	}
}

// pusher pushes an image as docker does: with the password that it was logged in with, by the gate's environment.
func pusher(w *world, gate *account.Gate, c client) func(image string) error {
	w.Helper()
	answer, err := c.ecr.GetAuthorizationToken(w.Context(), nil)
	w.must(err)
	decoded, err := base64.StdEncoding.DecodeString(*answer.AuthorizationData[0].AuthorizationToken)
	w.must(err)
	user, password, _ := strings.Cut(string(decoded), ":")
	mirrors := ""
	for _, entry := range gate.Environment() {
		if value, found := strings.CutPrefix(entry, registry.MirrorVariable+"="); found {
			mirrors = value
		}
	}
	to, err := registry.Transport(http.DefaultTransport, mirrors)
	w.must(err)
	image, err := random.Image(100, 1)
	w.must(err)
	return func(text string) error {
		ref, err := name.ParseReference(text)
		w.must(err)
		if err := remote.Write(ref, image, remote.WithTransport(to), remote.WithAuth(&authn.Basic{Username: user, Password: password}), remote.WithContext(w.Context())); err != nil {
			return err
		}
		_, err = remote.Head(ref, remote.WithTransport(to), remote.WithAuth(&authn.Basic{Username: user, Password: password}), remote.WithContext(w.Context()))
		return err
	}
}
