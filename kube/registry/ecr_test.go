package registry

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

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
	keychain := &ecrKeychain{ctx: t.Context(), known: map[string]authn.Authenticator{}}
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
