package cosign

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

// copyNote is cosign's note on its command that copies.
const copyNote = "there are several options you can use instead:\n" +
	"  - \"oras copy -r\" will copy images and referring artifacts\n" +
	"  - \"cosign save\" to write to disk, followed by \"cosign load\" for a new registry\n" +
	"  - \"cosign download\" followed by \"cosign attach\" to just copy the bundle"

func (p *program) copy() *cobra.Command {
	flags := &registryFlags{}
	var only []string
	var force bool
	c := &cobra.Command{
		Use: "copy", Short: "Copy the supplied container image and signatures", Deprecated: copyNote,
		Example: "  cosign copy <source image> <destination image>", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			registry, err := p.registry(c.Context(), flags)
			if err != nil {
				return err
			}
			return p.copyImage(c.Context(), registry, args[0], args[1], image.Copying{Suffixes: only, Overwrite: force})
		},
	}
	flags.add(c)
	c.Flags().StringSliceVar(&only, "only", nil, "custom string array to only copy specific items, this flag is comma delimited. ex: --only=sig,att,sbom")
	c.Flags().BoolVarP(&force, "force", "f", false, "overwrite destination image(s), if necessary")
	refuse(c, "sig-only", "platform")
	return c
}

func (p *program) copyImage(ctx context.Context, registry image.Registry, from, to string, what image.Copying) error {
	source, err := registry.Parse(from)
	if err != nil {
		return err
	}
	target, err := registry.Parse(to)
	if err != nil {
		return err
	}
	for _, suffix := range what.Suffixes {
		if valid := []string{"sig", "sbom", "att"}; !slices.Contains(valid, suffix) {
			return fmt.Errorf("invalid value for --only: %s, only the following values are supported: %s", suffix, valid)
		}
	}
	what.Before = func(from, to name.Reference) { p.infof("Copying %s to %s...", from, to) }
	return registry.Copy(ctx, source, target, what)
}
