package cosign

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

// registryFlags are the flags about registries, which all commands for images have.
type registryFlags struct {
	insecure, plainHTTP       bool
	username, password, token string
}

func (f *registryFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.insecure, "allow-insecure-registry", false, "whether to allow insecure connections to registries (e.g., with expired or self-signed TLS certificates). Don't use this for anything but testing")
	flags.BoolVar(&f.plainHTTP, "allow-http-registry", false, "whether to allow using HTTP protocol while connecting to registries. Don't use this for anything but testing")
	flags.StringVar(&f.username, "registry-username", "", "registry basic auth username")
	flags.StringVar(&f.password, "registry-password", "", "registry basic auth password")
	flags.StringVar(&f.token, "registry-token", "", "registry bearer auth token")
	refuse(c, "k8s-keychain", "registry-cacert", "registry-client-cert", "registry-client-key", "registry-server-name", "attachment-tag-prefix")
}

// registry is how the command reaches registries.
func (p *program) registry(ctx context.Context, f *registryFlags) (image.Registry, error) {
	options, err := p.remote(ctx)
	if err != nil {
		return image.Registry{}, fmt.Errorf("constructing client options: %w", err)
	}
	switch {
	case f.username != "" && f.password != "":
		options = append(options, remote.WithAuth(&authn.Basic{Username: f.username, Password: f.password}))
	case f.token != "":
		options = append(options, remote.WithAuth(&authn.Bearer{Token: f.token}))
	}
	out := image.Registry{Remote: options}
	if f.insecure || f.plainHTTP {
		out.Names = []name.Option{name.Insecure}
	}
	elsewhere := p.std.Getenv(repositoryVariable)
	if elsewhere == "" {
		return out, nil
	}
	repository, err := name.NewRepository(elsewhere, out.Names...)
	if err != nil {
		return image.Registry{}, fmt.Errorf("parsing $%s: %w", repositoryVariable, err)
	}
	return out.In(repository), nil
}

// refuse adds flags that cosign has and that cannot be used here.
func refuse(c *cobra.Command, names ...string) {
	for _, name := range names {
		c.Flags().Var(refused(name), name, "(not available here)")
		c.Flags().Lookup(name).NoOptDefVal = " "
		_ = c.Flags().MarkHidden(name) // the flag is there
	}
}

// refused is a flag that cannot be set.
type refused string

// String implements pflag.Value.
func (refused) String() string { return "" }

// Type implements pflag.Value.
func (refused) Type() string { return "string" }

// Set implements pflag.Value.
func (f refused) Set(string) error {
	return fmt.Errorf("cosign has --%s, but it needs what is not available here", string(f))
}

// deprecate marks flags with cosign's note; a flag that is set prints it.
func deprecate(c *cobra.Command, notes map[string]string) {
	for name, note := range notes {
		_ = c.Flags().MarkDeprecated(name, note) // the flag is there
	}
}

// annotations reads key=value pairs; none is nil.
func annotations(pairs []string) (map[string]any, error) {
	var out map[string]any
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("unable to parse annotation: %s", pair)
		}
		if out == nil {
			out = map[string]any{}
		}
		out[key] = value
	}
	return out, nil
}

// errKeyless refuses what would need the public certificate authority.
var errKeyless = errors.New("keyless signatures need the public sigstore services, which are never used here; give a key with --key")

// signFlags are the flags that sign and attest share.
type signFlags struct {
	registryFlags
	key              string
	bundlePath       string
	newBundleFormat  bool
	useSigningConfig bool
	tlogUpload       bool
}

func (f *signFlags) add(c *cobra.Command) {
	f.registryFlags.add(c)
	flags := c.Flags()
	flags.StringVar(&f.key, "key", "", "path to the private key file, KMS URI or Kubernetes Secret")
	flags.StringVar(&f.bundlePath, "bundle", "", "write everything required to verify the image to FILE")
	flags.BoolVar(&f.newBundleFormat, "new-bundle-format", true, "write a Sigstore bundle; false writes cosign's tag, and without the flag both are written")
	flags.BoolVar(&f.useSigningConfig, "use-signing-config", true, "whether to use a TUF-provided signing config for the service URLs")
	flags.BoolVar(&f.tlogUpload, "tlog-upload", true, "whether or not to upload to the tlog")
	flags.BoolP("yes", "y", false, "skip confirmation prompts for non-destructive operations")
	flags.Bool("record-creation-timestamp", false, "set the createdAt timestamp in the signature artifact to the time it was created")
	deprecate(c, map[string]string{
		"tlog-upload":               "prefer using a --signing-config file with no transparency log services",
		"new-bundle-format":         "this will be the only supported format in future versions",
		"record-creation-timestamp": "not used with the new bundle format",
	})
	refuse(c, "rekor-url", "fulcio-url", "identity-token", "fulcio-auth-flow", "insecure-skip-verify", "oidc-issuer", "oidc-client-id",
		"oidc-client-secret-file", "oidc-redirect-url", "oidc-provider", "oidc-disable-ambient-providers", "sk", "slot", "certificate",
		"certificate-chain", "timestamp-client-cacert", "timestamp-client-cert", "timestamp-client-key", "timestamp-server-name",
		"timestamp-server-url", "issue-certificate", "signing-config", "trusted-root")
}

// check refuses combinations as cosign does, and says that nothing is published where cosign would publish.
func (f *signFlags) check(p *program) error {
	switch {
	case f.useSigningConfig && !f.tlogUpload:
		return errors.New("--tlog-upload=false is not supported with --signing-config or --use-signing-config. " +
			"Provide a signing config with --signing-config without a transparency log service, which can be created with `cosign signing-config create` " +
			"or `curl https://raw.githubusercontent.com/sigstore/root-signing/refs/heads/main/targets/signing_config.v0.2.json | jq 'del(.rekorTlogUrls)'` for the public instance")
	case f.useSigningConfig && !f.newBundleFormat && f.bundlePath == "":
		return errors.New("must provide --new-bundle-format or --bundle where applicable with --signing-config or --use-signing-config")
	case f.key == "":
		return errKeyless
	case f.tlogUpload:
		p.warnf("cosign would publish this signature in the public transparency log. Here nothing is published: verify with --insecure-ignore-tlog.")
	}
	return nil
}

// formats are what is written: what --new-bundle-format says, and both when it says nothing.
func (f *signFlags) formats(c *cobra.Command) image.Format {
	switch {
	case !c.Flags().Changed("new-bundle-format"):
		return image.Tags | image.Bundle
	case f.newBundleFormat:
		return image.Bundle
	}
	return image.Tags
}
