package cosign

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/spf13/cobra"

	"podsec/engine/image"
)

func (p *program) generateKeyPair() *cobra.Command {
	var kms, prefix string
	c := &cobra.Command{
		Use: "generate-key-pair", Short: "Generates a key-pair", Long: "Generates a key-pair for signing.",
		Example: "  # generate key-pair and write to cosign.key and cosign.pub files\n  cosign generate-key-pair\n\n" +
			"  # generate a key-pair in AWS KMS\n  cosign generate-key-pair --kms awskms://[ENDPOINT]/[ID/ALIAS/ARN]\n\n" +
			"  # generate a key-pair in Kubernetes Secret\n  cosign generate-key-pair k8s://[NAMESPACE]/[NAME]",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case kms != "":
				return p.generateInKMS(c.Context(), kms, prefix+".pub")
			case len(args) > 0:
				return p.generateInSecret(c.Context(), args[0])
			}
			return p.generateFiles(prefix+".key", prefix+".pub")
		},
	}
	c.Flags().StringVar(&kms, "kms", "", "create key pair in KMS service to use for signing")
	c.Flags().StringVar(&prefix, "output-key-prefix", "cosign", "name used for generated .pub and .key files (defaults to `cosign`)")
	return c
}

// generateInKMS makes a key that never leaves the service, and writes its public key.
func (p *program) generateInKMS(ctx context.Context, uri, file string) error {
	public, err := p.kms.Create(ctx, uri)
	if err != nil {
		return fmt.Errorf("creating key: %w", err)
	}
	if err := p.std.WriteFile(file, public, 0o600); err != nil {
		return err
	}
	p.infof("Public key written to %s", file)
	return nil
}

// generateInSecret makes a key pair in a Secret of the cluster, and writes its public key.
func (p *program) generateInSecret(ctx context.Context, reference string) error {
	provider, _, ok := strings.Cut(reference, "://")
	if !ok {
		return errors.New("could not parse scheme, use <scheme>://<ref> format")
	}
	if provider+"://" != secretScheme {
		return fmt.Errorf("undefined provider: %s", provider)
	}
	password, err := p.password(true)
	if err != nil {
		return fmt.Errorf("generating key pair: %w", err)
	}
	pair, err := image.GenerateKeyPair(password)
	if err != nil {
		return fmt.Errorf("generating key pair: %w", err)
	}
	stored, err := clusterSecrets{p.std}.store(ctx, reference, pair, password)
	if err != nil {
		return err
	}
	p.infof("Successfully created secret %s in namespace %s", stored.Name, stored.Namespace)
	if err := p.std.WriteFile("cosign.pub", pair.Public, 0o600); err != nil {
		return err
	}
	p.infof("Public key written to cosign.pub")
	return nil
}

// generateFiles makes a key pair in two files, the private one encrypted.
func (p *program) generateFiles(private, public string) error {
	password, err := p.password(true)
	if err != nil {
		return err
	}
	pair, err := image.GenerateKeyPair(password)
	if err != nil {
		return err
	}
	there, err := p.std.Exists(private)
	if err != nil {
		return fmt.Errorf("failed checking if %s exists: %w", private, err)
	}
	if there {
		p.warnf("File %s already exists. Overwrite?", private)
		if err := p.confirm(); err != nil {
			return err
		}
	}
	if err := p.std.WriteFile(private, pair.Private, 0o600); err != nil {
		return err
	}
	p.infof("Private key written to %s", private)
	if err := p.std.WriteFile(public, pair.Public, 0o644); err != nil { //nolint:gosec // a public key
		return err
	}
	p.infof("Public key written to %s", public)
	return nil
}

// confirm asks whether to go on; anything but y is no.
func (p *program) confirm() error {
	fmt.Fprint(p.std.Err, "Are you sure you would like to continue? [y/N] ")
	line, err := bufio.NewReader(p.std.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch answer := strings.TrimRight(line, "\r\n"); strings.ToLower(answer) {
	case "y":
		return nil
	case "", "n":
		return errors.New("user declined the prompt")
	default:
		return fmt.Errorf("invalid input %#v (allowed values y, n)", answer)
	}
}

func (p *program) publicKey() *cobra.Command {
	var reference, file string
	c := &cobra.Command{
		Use: "public-key", Short: "Gets a public key from the key-pair",
		Long: "Gets a public key from the key-pair and\nwrites to a specified file. By default, it will write to standard out.",
		RunE: func(c *cobra.Command, _ []string) error {
			if reference == "" {
				return errors.New("exactly one of: key reference (--key), or hardware token (--sk) must be provided")
			}
			key, err := p.privateKey(c.Context(), reference)
			if err != nil {
				return err
			}
			public, err := key.PublicKey()
			if err != nil {
				return err
			}
			content, err := cryptoutils.MarshalPublicKeyToPEM(public)
			if err != nil {
				return err
			}
			if file == "" {
				_, err = p.std.Out.Write(content)
				return err
			}
			if err := p.std.WriteFile(file, content, 0o600); err != nil {
				return err
			}
			p.infof("Public key written to %s", file)
			return nil
		},
	}
	c.Flags().StringVar(&reference, "key", "", "path to the private key file, KMS URI or Kubernetes Secret")
	c.Flags().StringVar(&file, "outfile", "", "path to a payload file to use rather than generating one")
	refuse(c, "sk", "slot")
	return c
}
