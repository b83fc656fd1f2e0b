package image

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	bundlev1 "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	commonv1 "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	dssev1 "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/protobuf/encoding/protojson"
)

// The media types of sigstore bundles: the one that is written, and how all begin.
const (
	bundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	bundlePrefix    = "application/vnd.dev.sigstore.bundle"
)

// newBundle signs a statement as a bundle.
func newBundle(ctx context.Context, key signature.Signer, payload []byte) ([]byte, error) {
	envelope, err := seal(ctx, key, payload)
	if err != nil {
		return nil, err
	}
	sig, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("get public key: %w", err)
	}
	hint, err := keyHint(public)
	if err != nil {
		return nil, err
	}
	return marshalBundle(&bundlev1.Bundle{
		MediaType: bundleMediaType,
		VerificationMaterial: &bundlev1.VerificationMaterial{Content: &bundlev1.VerificationMaterial_PublicKey{
			PublicKey: &commonv1.PublicKeyIdentifier{Hint: hint},
		}},
		Content: &bundlev1.Bundle_DsseEnvelope{DsseEnvelope: &dssev1.Envelope{
			Payload: payload, PayloadType: statementMediaType, Signatures: []*dssev1.Signature{{Sig: sig}},
		}},
	})
}

// marshalBundle writes a bundle without the spaces that protojson puts in at random.
func marshalBundle(b *bundlev1.Bundle) ([]byte, error) {
	data, err := protojson.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, data); err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	return out.Bytes(), nil
}

// keyHint is how a bundle names its key: the digest of the public key.
func keyHint(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("write public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// bundle is a bundle with a statement in it.
type bundle struct {
	*bundlev1.Bundle
	where string // the reference of the manifest that holds it
}

// errNoEnvelope is the error of a bundle that signs bytes instead of a statement.
var errNoEnvelope = errors.New("bundle does not contain a DSSE envelope")

// parseBundle reads a bundle of the versions that cosign reads.
func parseBundle(data []byte) (*bundle, error) {
	var b bundlev1.Bundle
	if err := protojson.Unmarshal(data, &b); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(b.GetMediaType(), bundlePrefix) {
		return nil, fmt.Errorf("unsupported media type: %q", b.GetMediaType())
	}
	if b.GetVerificationMaterial() == nil {
		return nil, errors.New("invalid bundle: missing verification material")
	}
	return &bundle{Bundle: &b}, nil
}

// envelope is the bundle's content as DSSE.
func (b *bundle) envelope() (*dsse.Envelope, error) {
	content := b.GetDsseEnvelope()
	if content == nil {
		return nil, errNoEnvelope
	}
	out := &dsse.Envelope{
		PayloadType: content.GetPayloadType(), Payload: base64.StdEncoding.EncodeToString(content.GetPayload()),
	}
	for _, s := range content.GetSignatures() {
		out.Signatures = append(out.Signatures, dsse.Signature{KeyID: s.GetKeyid(), Sig: base64.StdEncoding.EncodeToString(s.GetSig())})
	}
	return out, nil
}

// statement is the bundle's statement, signed or not.
func (b *bundle) statement() (*Statement, error) {
	content := b.GetDsseEnvelope()
	if content == nil {
		return nil, errNoEnvelope
	}
	if content.GetPayloadType() != statementMediaType {
		return nil, fmt.Errorf("unable to understand payload type %s", content.GetPayloadType())
	}
	return parseStatement(content.GetPayload())
}

// check verifies the bundle as sigstore-go does with a key: the transparency log unless it is ignored, the signature,
// and that the statement is about the image.
func (b *bundle) check(ctx context.Context, key signature.Verifier, digest string, ignoreTlog bool) error {
	if !ignoreTlog {
		return errors.New("failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1")
	}
	if b.GetVerificationMaterial().GetPublicKey() == nil {
		return errors.New("expected key signature, not certificate")
	}
	if err := b.checkSignature(ctx, key, digest); err != nil {
		return fmt.Errorf("failed to verify signature: %w", err)
	}
	return nil
}

func (b *bundle) checkSignature(ctx context.Context, key signature.Verifier, digest string) error {
	envelope, err := b.envelope()
	if err != nil {
		return err
	}
	if len(envelope.Signatures) != 1 {
		return errors.New("exactly one signature is required")
	}
	if err := checkEnvelope(ctx, key, envelope); err != nil {
		if errors.As(err, new(*noKey)) {
			return err
		}
		return fmt.Errorf("could not verify envelope: %w", err)
	}
	statement, err := b.statement()
	if err != nil {
		return fmt.Errorf("could not verify artifact: unable to extract statement from envelope: %w", err)
	}
	algorithm, hex, err := splitDigest(digest)
	if err != nil {
		return err
	}
	if _, ok := statement.about(algorithm, hex); !ok {
		return errors.New("provided artifact digest does not match any digest in statement")
	}
	return nil
}

func splitDigest(digest string) (algorithm, hex string, err error) {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok {
		return "", "", fmt.Errorf("unable to parse digest %s", digest)
	}
	return algorithm, hex, nil
}
