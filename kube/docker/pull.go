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

func (p *program) pullCommand() *cobra.Command {
	quiet := false
	command := &cobra.Command{
		Use: "pull [OPTIONS] NAME[:TAG|@DIGEST]", DisableFlagsInUseLine: true, Short: "Download an image from a registry", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error { return p.pull(command.Context(), args[0], quiet) },
	}
	command.Flags().BoolVarP(&quiet, "quiet", "q", false, "Suppress verbose output")
	return command
}

// pull brings an image with all its architectures into the store.
func (p *program) pull(ctx context.Context, text string, quiet bool) error {
	ref, err := parse(text)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		if !quiet {
			fmt.Fprintf(p.std.Out, format, args...)
		}
	}
	if untagged(text, ref) {
		say("Using default tag: %s\n", ref.Identifier())
	}
	options, err := p.remote(ctx)
	if err != nil {
		return err
	}
	found, err := p.get(ref, options)
	if err != nil {
		return pullError(ref, err)
	}
	local, err := p.store()
	if err != nil {
		return err
	}
	before, err := local.find(ref.Name())
	if err != nil {
		return err
	}
	say("%s: Pulling from %s\n", ref.Identifier(), ref.Context().RepositoryStr())
	current := before != nil && before.descriptor.Digest == found.Digest
	if !current {
		if err := local.add(ref, found, say); err != nil {
			return err
		}
	}
	say("Digest: %s\n", found.Digest)
	if current {
		say("Status: Image is up to date for %s\n", familiar(ref))
	} else {
		say("Status: Downloaded newer image for %s\n", familiar(ref))
	}
	fmt.Fprintln(p.std.Out, canonical(ref))
	return nil
}

// pullError says why an image cannot be pulled.
func pullError(ref name.Reference, err error) error {
	if known := failure(""); errors.As(err, &known) {
		return err
	}
	text := registryText(err)
	if notFound(err) && ref.Context().RegistryStr() == name.DefaultRegistry {
		return daemon("pull access denied for %s, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", familiarRepository(ref.Context()))
	}
	if tag, ok := ref.(name.Tag); ok && notFound(err) && text == "manifest unknown: Requested image not found" {
		return daemon("manifest for %s:%s not found: %s", familiarRepository(ref.Context()), tag.TagStr(), text)
	}
	if text == "no basic auth credentials" {
		return daemon("Head %q: %s", "https://"+ref.Context().RegistryStr()+"/v2/"+ref.Context().RepositoryStr()+"/manifests/"+ref.Identifier(), text)
	}
	return daemon("%s", text)
}

// add puts an image or an index of a registry into the store.
func (s *store) add(ref name.Reference, found *remote.Descriptor, say func(string, ...any)) error {
	var err error
	if found.MediaType.IsIndex() {
		var index v1.ImageIndex
		if index, err = found.ImageIndex(); err == nil {
			err = s.path.WriteIndex(index)
		}
	} else {
		var img v1.Image
		if img, err = found.Image(); err == nil {
			err = s.path.WriteImage(img)
		}
	}
	if err != nil {
		return daemon("%s", registryText(err))
	}
	tag, ok := ref.(name.Tag)
	if !ok {
		tag = ref.Context().Tag("sha256-" + found.Digest.Hex) // images without a tag need a name to be found by
	}
	if err := s.names(tag, found.Descriptor); err != nil {
		return err
	}
	images, err := s.images(local{tag, found.Descriptor})
	if err != nil || len(images) == 0 {
		return err
	}
	return layers(images[0], func(layer string) { say("%s: Pull complete\n", layer) })
}

// layers calls do with the short name of each layer.
func layers(img v1.Image, do func(layer string)) error {
	manifest, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("read image: %w", err)
	}
	for _, layer := range manifest.Layers {
		do(short(layer.Digest))
	}
	return nil
}

// short is a digest as docker shows it.
func short(h v1.Hash) string { return h.Hex[:min(12, len(h.Hex))] }
