package registry

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Options are how a command of this process's environment (getenv) uses registries: as whoever docker login made it,
// along the mirrors that are set. Where there are no mirrors, the AWS configuration logs in to ECR; in labs that is the
// learner's to do.
func Options(ctx context.Context, getenv func(string) string) ([]remote.Option, error) {
	to, err := Transport(http.DefaultTransport, getenv(MirrorVariable))
	if err != nil {
		return nil, err
	}
	var keychain authn.Keychain = authn.DefaultKeychain
	if getenv(MirrorVariable) == "" {
		keychain = authn.NewMultiKeychain(keychain, &ecrKeychain{ctx: ctx, known: map[string]authn.Authenticator{}})
	}
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(to),
		remote.WithAuthFromKeychain(keychain),
		remote.WithUserAgent("podsec"),
	}, nil
}
