package registry

import (
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"podsec/kube/process"
	"podsec/kube/sim/aws"
)

// TestKeychain asks a simulated account for passwords, which it hands out as ECR does.
func TestKeychain(t *testing.T) {
	account := aws.New(aws.Options{})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range append(endpoints.Environment, "AWS_CONFIG_FILE=/none", "AWS_SHARED_CREDENTIALS_FILE=/none", "AWS_PROFILE=") {
		variable, value, _ := strings.Cut(entry, "=")
		t.Setenv(variable, value)
	}
	keychain := &ecrKeychain{ctx: t.Context(), env: process.Own(), known: map[string]authn.Authenticator{}}
	resolve := func(host string) authn.AuthConfig {
		t.Helper()
		registry, err := name.NewRegistry(host)
		if err != nil {
			t.Fatal(err)
		}
		found, err := keychain.Resolve(registry)
		if err != nil {
			t.Fatal(err)
		}
		config, err := found.Authorization()
		if err != nil {
			t.Fatal(err)
		}
		return *config
	}
	first := resolve(account.RegistryHost())
	if first.Username != "AWS" || len(first.Password) < 32 {
		t.Errorf("logged in as %q with a password of %d letters", first.Username, len(first.Password))
	}
	if second := resolve(account.RegistryHost()); second != first {
		t.Error("a second password was asked for")
	}
	for _, host := range []string{"public.ecr.aws", "index.docker.io", "127.0.0.1:5000"} {
		if got := resolve(host); got != (authn.AuthConfig{}) {
			t.Errorf("%s: logged in as %s", host, got.Username)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
	if got := resolve("111122223333.dkr.ecr.eu-west-1.amazonaws.com"); got != (authn.AuthConfig{}) {
		t.Errorf("logged in as %s without credentials", got.Username)
	}
}

// TestPushThroughMirror pushes new content by the registry's name: every request of an upload must go the same way and
// be logged in.
func TestPushThroughMirror(t *testing.T) {
	account := aws.New(aws.Options{})
	endpoints, err := account.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client := ecr.NewFromConfig(account.Config())
	if _, err := client.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: sdk.String("shop")}); err != nil {
		t.Fatal(err)
	}
	token, err := client.GetAuthorizationToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	through, err := Transport(http.DefaultTransport, "*.dkr.ecr.*.amazonaws.com="+endpoints.URL)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(account.RegistryHost() + "/shop:v1")
	if err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(64, 2)
	if err != nil {
		t.Fatal(err)
	}
	auth := authn.FromConfig(authn.AuthConfig{Auth: *token.AuthorizationData[0].AuthorizationToken})
	if err := remote.Write(ref, img, remote.WithTransport(through), remote.WithAuth(auth)); err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Image(ref, remote.WithTransport(account.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(pulled); err != nil {
		t.Error(err)
	}
}
