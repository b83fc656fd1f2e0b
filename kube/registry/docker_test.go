package registry

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"podsec/kube/process"
)

// TestDockerKeychain: one is who docker login made one in the environment that is given, whatever the process's own says.
func TestDockerKeychain(t *testing.T) {
	write := func(text string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	t.Setenv("DOCKER_CONFIG", write(`{"auths": {"registry.example": {"auth": "b3RoZXI6b3RoZXI="}}}`))
	given := write(`{"auths": {"registry.example": {"auth": "bWU6c2VjcmV0"}, "https://index.docker.io/v1/": {"auth": "aHViOmh1Yg=="}, "token.example": {"identitytoken": "t"}}}`)
	for host, want := range map[string]authn.AuthConfig{
		"registry.example": {Username: "me", Password: "secret"},
		"index.docker.io":  {Username: "hub", Password: "hub"},
		"token.example":    {IdentityToken: "t"},
		"nobody.example":   {},
	} {
		target, err := name.NewRepository(host + "/team/shop")
		if err != nil {
			t.Fatal(err)
		}
		found, err := dockerKeychain{process.IO{Env: []string{"DOCKER_CONFIG=" + given}}}.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := found.Authorization(); err != nil || *got != want {
			t.Errorf("%s: %+v, %v, want %+v", host, got, err, want)
		}
	}
	target, err := name.NewRegistry("registry.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"no JSON": "{", "a helper that is not there": `{"credsStore": "podsec-none"}`} {
		if found, err := (dockerKeychain{process.IO{Env: []string{"DOCKER_CONFIG=" + write(text)}}}).Resolve(target); err == nil {
			t.Errorf("%s: resolved to %v", name, found)
		}
	}
}

// TestInside: what is not said by the environment would be looked for elsewhere.
func TestInside(t *testing.T) {
	for want, env := range map[bool][]string{true: {"DOCKER_CONFIG=/x", MirrorVariable + "=a=http://b"}, false: {"DOCKER_CONFIG=/x"}} {
		if got := Inside(process.IO{Env: env}); got != want {
			t.Errorf("%q: %t", env, got)
		}
	}
}
