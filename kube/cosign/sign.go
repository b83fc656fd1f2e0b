package cosign

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

// tagWarning is what cosign says of a reference without a digest.
const tagWarning = `Image reference %s uses a tag, not a digest, to identify the image to sign.
    This can lead you to sign a different image than the intended one. Please use a
    digest (example.com/ubuntu@sha256:abc123...) rather than tag
    (example.com/ubuntu:latest) for the input to cosign. The ability to refer to
    images by tag will be removed in a future release.
`

func (p *program) sign() *cobra.Command {
	s := &signing{program: p}
	c := &cobra.Command{
		Use: "sign", Short: "Sign the supplied container image",
		Long: "Sign the supplied container image.\n\nMake sure to sign the image by its digest (@sha256:...) rather than by tag\n" +
			"(:latest) so that you actually sign what you think you're signing! This prevents\nrace conditions or (worse) malicious tampering.\n",
		Example: "  # sign a container image with a local key pair file\n  cosign sign --key cosign.key <IMAGE DIGEST>\n\n" +
			"  # sign a container image with a key pair stored in AWS KMS\n  cosign sign --key awskms://[ENDPOINT]/[ID/ALIAS/ARN] <IMAGE DIGEST>",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if s.newBundleFormat && !s.upload && s.bundlePath == "" {
				return errors.New("must enable upload to the OCI registry or specify a local --bundle path with --new-bundle-format")
			}
			if err := s.check(p); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), p.timeout)
			defer cancel()
			s.formats = s.signFlags.formats(c)
			if err := s.run(ctx, args); err != nil {
				return fmt.Errorf("signing %v: %w", args, err)
			}
			return nil
		},
	}
	s.add(c)
	c.Flags().StringSliceVarP(&s.pairs, "annotations", "a", nil, "extra key=value pairs to sign")
	c.Flags().BoolVar(&s.upload, "upload", true, "whether to upload the signature")
	c.Flags().BoolVarP(&s.recursive, "recursive", "r", false, "if a multi-arch image is specified, additionally sign each discrete image")
	refuse(c, "output-signature", "output-payload", "output-certificate", "payload", "attachment", "sign-container-identity", "registry-referrers-mode")
	return c
}

// signing is a run of cosign sign.
type signing struct {
	*program
	signFlags
	pairs             []string
	upload, recursive bool
	formats           image.Format
	loaded            signature.SignerVerifier
}

// loadKey loads the key once: its password may be piped in.
func (s *signing) loadKey(ctx context.Context) (signature.SignerVerifier, error) {
	if s.loaded != nil {
		return s.loaded, nil
	}
	var err error
	s.loaded, err = s.privateKey(ctx, s.key)
	return s.loaded, err
}

func (s *signing) run(ctx context.Context, references []string) error {
	extra, err := annotations(s.pairs)
	if err != nil {
		return fmt.Errorf("getting annotations: %w", err)
	}
	registry, err := s.registry(ctx, &s.registryFlags)
	if err != nil {
		return err
	}
	for _, text := range references {
		ref, err := registry.Parse(text)
		if err != nil {
			return fmt.Errorf("parsing reference: %w", err)
		}
		if err := s.signReference(ctx, registry, ref, text, extra); err != nil {
			return err
		}
	}
	return nil
}

// signReference signs what a reference names, and with --recursive what that lists.
func (s *signing) signReference(ctx context.Context, registry image.Registry, ref name.Reference, text string, extra map[string]any) error {
	if digest, ok := ref.(name.Digest); ok && !s.recursive {
		return s.signDigest(ctx, registry, digest, extra)
	}
	if _, ok := ref.(name.Digest); !ok {
		s.warnf(tagWarning, text)
	}
	digests, err := registry.Manifests(ctx, ref)
	if err != nil {
		return fmt.Errorf("accessing entity: %w", err)
	}
	if !s.recursive {
		digests = digests[:1]
	}
	for _, digest := range digests {
		if err := s.signDigest(ctx, registry, digest, extra); err != nil {
			return fmt.Errorf("recursively signing: %w", err)
		}
	}
	return nil
}

func (s *signing) signDigest(ctx context.Context, registry image.Registry, digest name.Digest, extra map[string]any) error {
	key, err := s.loadKey(ctx)
	if err != nil {
		return fmt.Errorf("signing digest: getting keypair and token: getting signer: reading key: %w", err)
	}
	signer := &image.Signer{Registry: registry, Key: key, Formats: s.formats, Now: s.now}
	// A key that cannot be used is noticed before anything is said.
	if _, err := key.PublicKey(); err != nil {
		return fmt.Errorf("signing digest: %w", unusable(err))
	}
	s.infof(signingNote)
	if s.bundlePath != "" {
		if err := s.writeBundle(ctx, signer, digest, extra); err != nil {
			return fmt.Errorf("signing digest: %w", err)
		}
	}
	if !s.upload {
		return nil
	}
	target := digest.Context().String()
	if registry.Repository != nil {
		target = registry.Repository.RepositoryStr()
	}
	s.infof("Pushing signature to: %s", target)
	if err := signer.Sign(ctx, digest, extra); err != nil {
		return fmt.Errorf("signing digest: %w", err)
	}
	return nil
}

// signingNote is what cosign says when it begins to sign.
const signingNote = "Signing artifact..."

// unusable is cosign's error for a key that cannot be used to sign.
func unusable(err error) error {
	return fmt.Errorf("getting keypair and token: creating signerverifier keypair: getting public key: %w", err)
}

func (s *signing) writeBundle(ctx context.Context, signer *image.Signer, digest name.Digest, extra map[string]any) error {
	content, err := signer.SignedBundle(ctx, digest, extra)
	if err != nil {
		return fmt.Errorf("signing bundle: %w", err)
	}
	if err := s.std.WriteFile(s.bundlePath, content, 0o600); err != nil {
		return fmt.Errorf("create bundle file: %w", err)
	}
	s.infof("Wrote bundle to file %s", s.bundlePath)
	return nil
}
