package registry

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/kube/process"
)

// Options are how a command uses registries in an environment: as whoever docker login made it, along the mirrors that are
// set. Where there are no mirrors, the AWS configuration logs in to ECR; in labs that is the learner's to do.
func Options(ctx context.Context, env process.IO) ([]remote.Option, error) {
	to, err := Transport(http.DefaultTransport, env.Getenv(MirrorVariable))
	if err != nil {
		return nil, err
	}
	var keychain authn.Keychain = dockerKeychain{env}
	if env.IsOwn() {
		keychain = authn.DefaultKeychain
	}
	if env.Getenv(MirrorVariable) == "" {
		keychain = authn.NewMultiKeychain(keychain, &ecrKeychain{ctx: ctx, env: env, known: map[string]authn.Authenticator{}})
	}
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(to),
		remote.WithAuthFromKeychain(keychain),
		remote.WithUserAgent("podsec"),
	}, nil
}
