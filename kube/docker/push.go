package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"
)

func (p *program) pushCommand() *cobra.Command {
	quiet := false
	command := &cobra.Command{
		Use: "push [OPTIONS] NAME[:TAG]", DisableFlagsInUseLine: true, Short: "Upload an image to a registry", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error { return p.push(command.Context(), args[0], quiet) },
	}
	command.Flags().BoolVarP(&quiet, "quiet", "q", false, "Suppress verbose output")
	return command
}

// push sends an image with all its architectures to the registry that its name tells.
func (p *program) push(ctx context.Context, text string, quiet bool) error {
	ref, err := parse(text)
	if err != nil {
		return err
	}
	tag, ok := ref.(name.Tag)
	if !ok {
		return failure("cannot push a digest reference")
	}
	say := func(format string, args ...any) {
		if !quiet {
			fmt.Fprintf(p.std.Out, format, args...)
		}
	}
	if untagged(text, ref) {
		say("Using default tag: latest\n")
	}
	say("The push refers to repository [%s]\n", canonicalRepository(tag.Context()))
	local, err := p.store()
	if err != nil {
		return err
	}
	one, err := local.find(tag.Name())
	if err != nil {
		return err
	}
	if one == nil {
		return failure("An image does not exist locally with the tag: " + familiarRepository(tag.Context()))
	}
	options, err := p.remote(ctx)
	if err != nil {
		return err
	}
	if err := local.send(*one, say, options); err != nil {
		return failure(registryText(err))
	}
	say("%s: digest: %s size: %d\n", tag.TagStr(), one.descriptor.Digest, one.descriptor.Size)
	if quiet {
		fmt.Fprintln(p.std.Out, canonical(tag))
	}
	return nil
}

func canonicalRepository(repo name.Repository) string {
	if repo.RegistryStr() == name.DefaultRegistry {
		return "docker.io/" + repo.RepositoryStr()
	}
	return repo.Name()
}

// send writes an image to its registry.
func (s *store) send(one local, say func(string, ...any), options []remote.Option) error {
	images, err := s.images(one)
	if err != nil {
		return err
	}
	if len(images) == 0 {
		return errors.New("the index lists no image")
	}
	root, err := s.path.ImageIndex()
	if err != nil {
		return err
	}
	if one.descriptor.MediaType.IsIndex() {
		var index v1.ImageIndex
		if index, err = root.ImageIndex(one.descriptor.Digest); err == nil {
			err = remote.WriteIndex(one.ref, index, options...)
		}
	} else {
		err = remote.Write(one.ref, images[0], options...)
	}
	if err != nil {
		return err
	}
	return layers(images[0], func(layer string) { say("%s: Pushed\n", layer) })
}

func (p *program) tagCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", DisableFlagsInUseLine: true,
		Short: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", Args: exactly(2),
		RunE: func(_ *cobra.Command, args []string) error { return p.tag(args[0], args[1]) },
	}
}

func (p *program) tag(source, target string) error {
	ref, err := parse(target)
	if err != nil {
		return fmt.Errorf("Error parsing reference: %q is not a valid repository/tag: %w", target, err) //nolint:staticcheck // docker's text
	}
	to, ok := ref.(name.Tag)
	if !ok {
		return failure("refusing to create a tag with a digest reference")
	}
	local, err := p.store()
	if err != nil {
		return err
	}
	one, err := local.find(source)
	switch {
	case err != nil:
		return err
	case one == nil:
		return noImage(source)
	}
	return local.names(to, one.descriptor)
}

// noImage is the error for an image that is not in the store.
func noImage(text string) error {
	if ref, err := name.ParseReference(text); err == nil {
		text = familiar(ref)
	}
	return daemon("No such image: %s", text)
}
