package cosign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/sigstore/pkg/signature/payload"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

func (p *program) download() *cobra.Command {
	c := &cobra.Command{Use: "download", Short: "Provides utilities for downloading artifacts and attached artifacts in a registry"}
	flags := &registryFlags{}
	signature := &cobra.Command{
		Use: "signature", Short: "Download signatures from the supplied container image",
		Example: "  cosign download signature <image uri>", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			registry, err := p.registry(c.Context(), flags)
			if err != nil {
				return err
			}
			return p.downloadSignatures(c.Context(), registry, args[0])
		},
	}
	flags.add(signature)
	c.AddCommand(signature)
	return c
}

// signedPayload is a signature as cosign prints it. The last four are what only keyless signatures and logs have.
type signedPayload struct {
	Base64Signature                       string
	Payload                               []byte
	Cert, Chain, Bundle, RFC3161Timestamp *struct{}
}

// downloadSignatures prints the bundles of an image, or what its tag holds when it has none.
func (p *program) downloadSignatures(ctx context.Context, registry image.Registry, text string) error {
	ref, err := registry.Parse(text)
	if err != nil {
		return err
	}
	digest, err := registry.ResolveEntity(ctx, ref)
	if err != nil {
		return err
	}
	bundles, err := registry.Bundles(ctx, digest)
	if err == nil && len(bundles) > 0 {
		for _, content := range bundles {
			fmt.Fprintf(p.std.Out, "%s\n", content)
		}
		return nil
	}
	attached, err := registry.Attached(ctx, digest)
	if err == nil && len(attached) == 0 {
		err = errors.New("no signatures associated")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	encoder := json.NewEncoder(p.std.Out)
	for _, one := range attached {
		if err := encoder.Encode(signedPayload{Base64Signature: one.Signature, Payload: one.Payload}); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) attach() *cobra.Command {
	c := &cobra.Command{
		Use: "attach", Short: "Provides utilities for attaching artifacts to other artifacts in a registry",
		Deprecated: "attach will be removed in v4.0.0 (see https://github.com/sigstore/cosign/issues/4696). Instead, please use oras for attaching artifacts to other artifacts in a registry",
	}
	a := &attaching{program: p}
	signature := &cobra.Command{
		Use: "signature", Short: "Attach signatures to the supplied container image",
		Example: "  cosign attach signature --payload <payload.json> --signature <base64 signature file> $IMAGE",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.run(c.Context(), args[0]) },
	}
	a.add(signature)
	signature.Flags().StringVar(&a.signature, "signature", "", "path to the signature, or {-} for stdin")
	signature.Flags().StringVar(&a.payload, "payload", "", "path to the payload covered by the signature")
	refuse(signature, "bundle", "certificate", "certificate-chain", "tsr", "rekor-response")
	c.AddCommand(signature)
	return c
}

// attaching is a run of cosign attach signature.
type attaching struct {
	*program
	registryFlags
	signature, payload string
}

func (a *attaching) run(ctx context.Context, text string) error {
	registry, err := a.registry(ctx, &a.registryFlags)
	if err != nil {
		return err
	}
	ref, err := registry.Parse(text)
	if err != nil {
		return err
	}
	digest, err := registry.Resolve(ctx, ref)
	if err != nil {
		return err
	}
	what, err := a.what(digest)
	if err != nil {
		return err
	}
	return registry.Attach(ctx, digest, what)
}

// what reads the signature and what it is of: a file, or without one the claim that cosign would sign.
func (a *attaching) what(digest name.Digest) (image.Attached, error) {
	var claim []byte
	var err error
	if a.payload != "" {
		claim, err = a.std.ReadFile(filepath.Clean(a.payload))
	} else {
		a.warnf("using obsolete implied signature payload data (with digested reference %s); specify it explicitly with --payload instead", digest)
		claim, err = payload.Cosign{Image: digest}.MarshalJSON()
	}
	if err != nil {
		return image.Attached{}, err
	}
	var signature []byte
	if a.signature == "-" {
		signature, err = io.ReadAll(a.std.In)
	} else {
		signature, err = a.std.ReadFile(filepath.Clean(a.signature))
	}
	if err == nil && len(signature) == 0 {
		err = errors.New("empty signature")
	}
	return image.Attached{Payload: claim, Signature: string(signature)}, err
}
