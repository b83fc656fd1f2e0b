package cosign

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
	"golang.org/x/term"

	"podsec/engine/image"
)

// environmentScheme begins the references of keys in variables.
const environmentScheme = "env://"

// privateKey loads the key that --key names, to sign with.
func (p *program) privateKey(ctx context.Context, reference string) (signature.SignerVerifier, error) {
	if isFile(reference) {
		content, err := p.read(reference)
		if err != nil {
			return nil, err
		}
		password, err := p.password(false)
		if err != nil {
			return nil, err
		}
		return image.LoadPrivateKey(content, password)
	}
	key, err := p.keys().Private(ctx, reference, crypto.SHA256)
	if err != nil && !strings.HasPrefix(reference, secretScheme) {
		return nil, fmt.Errorf("kms get: %w", err)
	}
	return key, err
}

// verifier loads the key that --key names, to verify with.
func (p *program) verifier(ctx context.Context, reference string) (signature.Verifier, error) {
	if !isFile(reference) {
		return p.keys().Public(ctx, reference, crypto.SHA256)
	}
	content, err := p.read(reference)
	if err != nil {
		return nil, err
	}
	return image.LoadPublicKey(content, crypto.SHA256)
}

func (p *program) keys() image.Keys { return image.Keys{Secrets: clusterSecrets{p.std}, KMS: p.kms} }

// isFile says whether a reference is a file or a variable, not a key that something else keeps.
func isFile(reference string) bool {
	return strings.HasPrefix(reference, environmentScheme) || !strings.Contains(reference, "://")
}

func (p *program) read(reference string) ([]byte, error) {
	variable, ok := strings.CutPrefix(reference, environmentScheme)
	if !ok {
		return p.std.ReadFile(filepath.Clean(reference))
	}
	value, ok := p.std.Lookup(variable)
	if !ok {
		return nil, fmt.Errorf("loading URL: env var $%s not found", variable)
	}
	return []byte(value), nil
}

// password returns COSIGN_PASSWORD, what a person types, or what is piped in.
func (p *program) password(confirm bool) ([]byte, error) {
	if value, ok := p.std.Lookup(passwordVariable); ok {
		return []byte(value), nil
	}
	terminal, ok := p.std.In.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return io.ReadAll(p.std.In)
	}
	first, err := p.ask(terminal, "Enter password for private key: ")
	if err != nil || !confirm {
		return first, err
	}
	second, err := p.ask(terminal, "Enter password for private key again: ")
	if err == nil && string(first) != string(second) {
		err = errors.New("passwords do not match")
	}
	return first, err
}

func (p *program) ask(terminal *os.File, prompt string) ([]byte, error) {
	fmt.Fprint(p.std.Err, prompt)
	typed, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(p.std.Err)
	return typed, err
}
