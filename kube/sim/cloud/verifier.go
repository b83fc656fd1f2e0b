package cloud

import (
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"podsec/engine/image"
	"podsec/kube/kms"
)

// Verifier verifies images as the cluster's Kyverno does, by the registry and the keys of the account: who explains a
// request says the same as who decides it. Secrets are those of the cluster. Transparency logs are asked and know nothing.
func (c *Cloud) Verifier(secrets image.Secrets) *image.Verifier {
	return &image.Verifier{
		Registry: image.Registry{Remote: []remote.Option{remote.WithTransport(c.Account.Transport()), remote.WithUserAgent("podsec")}},
		Keys:     image.Keys{Secrets: secrets, KMS: kms.New(c.Account.Config())},
	}
}
