package celpolicy

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/sdk/extensions/cel/utils"

	"podsec/engine"
)

// imageSession is what functions do during an evaluation.
type imageSession struct {
	ctx      context.Context //nolint:containedctx // functions of expressions are not given any; it ends with the evaluation
	seen     *seenImages
	payloads map[string]any // statements of attestations that were verified, by image and attestation
}

// seenImages are what policies learn of the images of a request.
type seenImages struct {
	resolved map[string]bool
	verified map[string]bool // false: tried in vain
}

// verify remembers an attempt; one that did succeed counts.
func (s *seenImages) verify(image string, ok bool) {
	if s.verified == nil {
		s.verified = map[string]bool{}
	}
	s.verified[image] = s.verified[image] || ok
}

// missing says which image nobody has verified.
func (s *seenImages) missing(images []string) string {
	for _, image := range images {
		switch ok, tried := s.verified[image]; {
		case ok:
		case tried:
			return fmt.Sprintf("image %s failed signature or attestation verification", image)
		default:
			return fmt.Sprintf("image %s is not verified: no policy performed a signature or attestation check on it", image)
		}
	}
	return ""
}

// resolve asks the registry whether an image is there.
func (p *imageProgram) resolve(image string) error {
	seen := p.session.seen
	if seen.resolved[image] {
		return nil
	}
	if p.verifier == nil {
		return fmt.Errorf("image %s: %w", image, errOutside)
	}
	if _, err := p.verifier.Digest(p.session.ctx, image); err != nil {
		return err
	}
	if seen.resolved == nil {
		seen.resolved = map[string]bool{}
	}
	seen.resolved[image] = true
	return nil
}

// functions are those of Kyverno's imageverify library.
func (p *imageProgram) functions() []cel.EnvOption {
	attestors := types.NewListType(types.DynType)
	return []cel.EnvOption{
		cel.Function("verifyImageSignatures", cel.Overload("verify_image_signature_string_stringarray",
			[]*cel.Type{types.StringType, attestors}, types.IntType,
			cel.BinaryBinding(func(image, attestors ref.Val) ref.Val { return p.count(image, nil, attestors) }))),
		cel.Function("verifyAttestationSignatures", cel.Overload("verify_image_attestations_string_string_stringarray",
			[]*cel.Type{types.StringType, types.StringType, attestors}, types.IntType,
			cel.FunctionBinding(func(args ...ref.Val) ref.Val { return p.count(args[0], args[1], args[2]) }))),
		cel.Function("getImageData", cel.Overload("get_image_data_string",
			[]*cel.Type{types.StringType}, types.DynType, cel.UnaryBinding(p.data))),
		cel.Function("extractPayload", cel.Overload("payload_string_string",
			[]*cel.Type{types.StringType, types.StringType}, types.DynType, cel.BinaryBinding(p.payload))),
	}
}

// count says how many attestors have signed an image or, if one is given, its attestation.
func (p *imageProgram) count(imageValue, attestationValue, attestorValues ref.Val) ref.Val {
	image, err := utils.ConvertToNative[string](imageValue)
	if err != nil {
		return types.WrapErr(err)
	}
	attestors, err := utils.ConvertToNative[[]v1beta1.Attestor](attestorValues)
	if err != nil {
		return types.WrapErr(err)
	}
	ok, err := matching.MatchImage(image, p.references...)
	switch {
	case err != nil:
		return types.WrapErr(err)
	case !ok:
		return types.Int(0)
	}
	var attestation *v1beta1.Attestation
	if attestationValue != nil {
		if attestation, err = p.attestation(attestationValue); err != nil {
			return types.WrapErr(err)
		}
	}
	if err := p.resolve(image); err != nil {
		return types.NewErr("failed to get imagedata: %v", err)
	}
	count := 0
	for i := range attestors {
		if p.signed(image, attestation, &attestors[i]) {
			count++
		}
	}
	if len(attestors) > 0 {
		p.session.seen.verify(image, count > 0)
	}
	return types.Int(count)
}

func (p *imageProgram) attestation(value ref.Val) (*v1beta1.Attestation, error) {
	name, err := utils.ConvertToNative[string](value)
	if err != nil {
		return nil, err
	}
	for i := range p.spec.Attestations {
		if p.spec.Attestations[i].Name == name {
			return &p.spec.Attestations[i], nil
		}
	}
	return nil, fmt.Errorf("attestation not found in policy: %s", name)
}

// signed says whether an attestor has signed an image or its attestation, whose statement is kept. Sigstore bundles alone
// count where there are some.
func (p *imageProgram) signed(image string, attestation *v1beta1.Attestation, attestor *v1beta1.Attestor) bool {
	check := checkOf(image, attestor)
	verify := p.verifier.VerifySignature
	if attestation != nil {
		if attestation.InToto == nil {
			return false // artifacts that refer to the image are what Notary signs
		}
		check.Type, verify = attestation.InToto.Type, p.verifier.VerifyAttestations
	}
	check.Bundle = true
	evidence, err := verify(p.session.ctx, check)
	if err != nil && len(evidence.Signatures) == 0 {
		check.Bundle = false
		evidence, err = verify(p.session.ctx, check)
	}
	if err != nil || attestation == nil {
		return err == nil
	}
	for _, statement := range evidence.Statements {
		if statement["predicateType"] == check.Type || statement["type"] == check.Type {
			p.session.payloads[image+" "+attestation.Name] = statement
			return true
		}
	}
	return false
}

// checkOf is what an attestor wants.
func checkOf(image string, attestor *v1beta1.Attestor) engine.ImageCheck {
	check := engine.ImageCheck{Image: image, Notary: attestor.Cosign == nil}
	cosign := attestor.Cosign
	if cosign == nil {
		return check
	}
	check.Keyless, check.Annotations = cosign.Keyless != nil, cosign.Annotations
	if cosign.Source != nil {
		check.Repository = cosign.Source.Repository
	}
	if cosign.CTLog != nil {
		check.IgnoreTlog, check.RekorKey, check.CTLogKey = cosign.CTLog.InsecureIgnoreTlog, cosign.CTLog.RekorPubKey, cosign.CTLog.CTLogPubKey
		check.IgnoreSCT = cosign.CTLog.InsecureIgnoreSCT
	}
	switch {
	case cosign.Keyless != nil:
		return check
	case cosign.Key != nil:
		check.Key, check.SignatureAlgorithm = cosign.Key.Data, cosign.Key.HashAlgorithm
		if check.Key == "" {
			check.Key = cosign.Key.KMS
		}
	case cosign.Certificate != nil:
		check.Certificate, check.CertificateChain = valueOf(cosign.Certificate.Certificate), valueOf(cosign.Certificate.CertificateChain)
	}
	check.IgnoreSCT = check.IgnoreSCT || check.IgnoreTlog // a key or certificate needs no other log
	return check
}

func valueOf(s *v1beta1.StringOrExpression) string {
	if s == nil {
		return ""
	}
	return s.Value
}

// data is what is known of an image.
func (p *imageProgram) data(imageValue ref.Val) ref.Val {
	image, err := utils.ConvertToNative[string](imageValue)
	if err != nil {
		return types.WrapErr(err)
	}
	data, err := p.world.GetImageData(image, nil)
	if err != nil {
		return types.NewErr("failed to get imagedata: %v", err)
	}
	return types.DefaultTypeAdapter.NativeToValue(data)
}

// payload is the statement of an attestation that was verified before.
func (p *imageProgram) payload(imageValue, attestationValue ref.Val) ref.Val {
	image, err := utils.ConvertToNative[string](imageValue)
	if err != nil {
		return types.WrapErr(err)
	}
	attestation, err := p.attestation(attestationValue)
	if err != nil {
		return types.WrapErr(err)
	}
	if err := p.resolve(image); err != nil {
		return types.NewErr("failed to get imagedata: %v", err)
	}
	payload, ok := p.session.payloads[image+" "+attestation.Name]
	switch {
	case ok:
		return types.DefaultTypeAdapter.NativeToValue(payload)
	case attestation.InToto == nil:
		return types.NewErr("failed to get payload: could not find attestation %s", strings.TrimSpace(attestation.Name))
	}
	return types.NewErr("failed to get payload: intoto attestation payload cannot be fetch before verifying intoto attestation")
}
