package cosign

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

func (p *program) triangulate() *cobra.Command {
	flags := &registryFlags{}
	var kind string
	c := &cobra.Command{
		Use:        "triangulate",
		Short:      "Outputs the located cosign image reference. This is the location where cosign stores the specified artifact type",
		Deprecated: "triangulate will be removed in v4.0.0 (see https://github.com/sigstore/cosign/issues/4696). Instead, please use `oras discover` or `cosign tree` to show referring artifacts",
		Example:    "  cosign triangulate <IMAGE>",
		Args:       cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			registry, err := p.registry(c.Context(), flags)
			if err != nil {
				return err
			}
			ref, err := registry.Parse(args[0])
			if err != nil {
				return err
			}
			located, err := locate(c.Context(), registry, ref, kind)
			if err != nil {
				return err
			}
			fmt.Fprintln(p.std.Out, located)
			return nil
		},
	}
	flags.add(c)
	c.Flags().StringVar(&kind, "type", "signature", "related attachment to triangulate (attestation|sbom|signature|digest), default signature (sbom is deprecated)")
	return c
}

// locate is where cosign keeps something of an image.
func locate(ctx context.Context, registry image.Registry, ref name.Reference, kind string) (string, error) {
	suffix, known := map[string]string{"signature": "sig", "attestation": "att", "sbom": "sbom"}[kind]
	if !known && kind != "digest" {
		return "", fmt.Errorf("unknown attachment type %s", kind)
	}
	digest, err := registry.Resolve(ctx, ref)
	if err != nil {
		return "", err
	}
	if kind == "digest" {
		return digest.Name(), nil
	}
	return registry.Tag(digest, suffix).Name(), nil
}

func (p *program) tree() *cobra.Command {
	flags := &registryFlags{}
	c := &cobra.Command{
		Use:     "tree",
		Short:   "Display supply chain security related artifacts for an image such as signatures, SBOMs and attestations",
		Example: "  cosign tree <IMAGE>",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			registry, err := p.registry(c.Context(), flags)
			if err != nil {
				return err
			}
			ref, err := registry.Parse(args[0])
			if err != nil {
				return err
			}
			return p.printTree(c.Context(), registry, ref)
		},
	}
	flags.add(c)
	refuse(c, "registry-referrers-mode", "experimental-oci11")
	return c
}

// printTree prints what belongs to an image. Cosign prints it in no order; here tags come first.
func (p *program) printTree(ctx context.Context, registry image.Registry, ref name.Reference) error {
	fmt.Fprintf(p.std.Out, "📦 Supply Chain Security Related artifacts for an image: %s\n", ref.String())
	artifacts, err := registry.Artifacts(ctx, ref)
	if err != nil {
		return err
	}
	if len(artifacts) == 0 {
		fmt.Fprintf(p.std.Out, "No Supply Chain Security Related Artifacts found for image %s,\n start creating one with simply running$ cosign sign <img>", ref.String())
		return nil
	}
	for _, a := range artifacts {
		switch a.Kind {
		case image.SignatureTag:
			fmt.Fprintf(p.std.Out, "└── 🔐 Signatures for an image tag: %s\n", a.Where)
		case image.AttestationTag:
			fmt.Fprintf(p.std.Out, "└── 💾 Attestations for an image tag: %s\n", a.Where)
		case image.SBOMTag:
			fmt.Fprintf(p.std.Out, "└── 📦 SBOMs for an image tag: %s\n", a.Where)
		default:
			fmt.Fprintf(p.std.Out, "└── 🔗 %s artifacts via OCI referrer: %s\n", a.Type, a.Where)
		}
		for i, layer := range a.Layers {
			branch := "├──"
			if i == len(a.Layers)-1 {
				branch = "└──"
			}
			fmt.Fprintf(p.std.Out, "   %s 🍒 %s\n", branch, layer)
		}
	}
	return nil
}
