package docker

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) removeCommand(called string) *cobra.Command {
	return &cobra.Command{
		Use: called + " [OPTIONS] IMAGE [IMAGE...]", DisableFlagsInUseLine: true, Short: "Remove one or more images", Args: atLeast(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.remove(args) },
	}
}

// remove takes names away; the last one takes the image with it.
func (p *program) remove(texts []string) error {
	local, err := p.store()
	if err != nil {
		return err
	}
	var missing error
	for _, text := range texts {
		one, err := local.find(text)
		switch {
		case err != nil:
			return err
		case one == nil:
			missing = noImage(text)
			continue
		}
		tags, _, err := local.namesOf(one.descriptor.Digest)
		switch {
		case err != nil:
			return err
		case len(tags) > 1 && !one.named(text):
			return daemon("conflict: unable to delete %s (must be forced) - image is referenced in multiple repositories", short(one.descriptor.Digest))
		}
		if err := local.forget(one.ref); err != nil {
			return err
		}
		fmt.Fprintf(p.std.Out, "Untagged: %s\n", familiar(one.ref))
		if len(tags) == 1 {
			fmt.Fprintf(p.std.Out, "Deleted: %s\n", one.id())
		}
	}
	return missing
}
