package registry

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Options are how a command of this process's environment (getenv) uses registries: as whoever docker login made it,
// along the mirrors that are set.
func Options(ctx context.Context, getenv func(string) string) ([]remote.Option, error) {
	to, err := Transport(http.DefaultTransport, getenv(MirrorVariable))
	if err != nil {
		return nil, err
	}
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(to),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithUserAgent("podsec"),
	}, nil
}
