package policycheck

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validatesImages says whether a verifyImages entry of the rule has conditions of its own.
func (r *rule) validatesImages() bool {
	return r.hasVerifyImages() && slices.ContainsFunc(r.VerifyImages, func(v imageVerification) bool { return set(&v.Validate) })
}

// checkVerifyImages checks the verifyImages entries of a rule.
func (c *checker) checkVerifyImages(i int, r *rule) error {
	if !r.hasVerifyImages() {
		return nil
	}
	path := field.NewPath("spec", "rules").Index(i).Child("verifyImages")
	audit := !isEnforce(c.policy.Spec.ValidationFailureAction)
	var errs field.ErrorList
	for j := range r.VerifyImages {
		v := &r.VerifyImages[j]
		if v.FailureAction != nil {
			audit = !isEnforce(*v.FailureAction)
		}
		errs = append(errs, v.errors(path.Index(j), audit)...)
	}
	if aggregate := errs.ToAggregate(); aggregate != nil {
		return aggregate
	}
	return nil
}

func (v *imageVerification) errors(path *field.Path, audit bool) field.ErrorList {
	var errs field.ErrorList
	if audit && v.MutateDigest {
		errs = append(errs, field.Invalid(path.Child("mutateDigest"), v.MutateDigest, "mutateDigest must be set to false for ‘Audit’ failure action"))
	}
	full := v.converted()
	if len(full.ImageReferences) == 0 {
		errs = append(errs, field.Invalid(path, v, "An image reference is required"))
	}
	for i, a := range full.Attestations {
		for j := range a.Attestors {
			errs = append(errs, a.Attestors[j].errors(path.Child("attestations").Index(i).Child("attestors").Index(j))...)
		}
	}
	attestors := path.Child("attestors")
	for i := range full.Attestors {
		errs = append(errs, full.Attestors[i].errors(attestors.Index(i))...)
	}
	if v.Type == "Notary" {
		errs = append(errs, v.notaryErrors(attestors)...)
	}
	return errs
}

// notaryErrors refuses what only cosign has.
func (v *imageVerification) notaryErrors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, s := range v.Attestors {
		for _, e := range s.Entries {
			if e.Keyless != nil {
				errs = append(errs, field.Invalid(path, v, "Keyless field is not allowed for type notary"))
			}
			if e.Keys != nil {
				errs = append(errs, field.Invalid(path, v, "Keys field is not allowed for type notary"))
			}
		}
	}
	return errs
}

// converted returns the entry with the older fields image, key and issuer in the form of the newer ones.
func (v *imageVerification) converted() imageVerification {
	out := *v
	if v.Image == "" && v.Key == "" && v.Issuer == "" {
		return out
	}
	if v.Image != "" {
		out.ImageReferences = append(slices.Clone(v.ImageReferences), v.Image)
	}
	if len(v.Annotations) == 0 && v.Key == "" && v.Issuer == "" || len(v.Attestations) > 0 {
		return out
	}
	entry := attestor{Annotations: v.Annotations}
	if v.Key != "" {
		entry.Keys = &staticKey{PublicKeys: v.Key}
	} else if v.Issuer != "" {
		entry.Keyless = &keyless{Issuer: v.Issuer, Subject: v.Subject, Roots: v.Roots}
	}
	out.Attestors = append(slices.Clone(v.Attestors), attestorSet{Entries: []attestor{entry}})
	return out
}

func (s *attestorSet) errors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.Count != nil && *s.Count > len(s.Entries) {
		errs = append(errs, field.Invalid(path, s, "Count cannot exceed length of entries"))
	}
	if len(s.Entries) == 0 {
		errs = append(errs, field.Invalid(path, s, "An entry is required"))
	}
	for i := range s.Entries {
		errs = append(errs, s.Entries[i].errors(path.Child("entries").Index(i))...)
	}
	return errs
}

// signatureAlgorithms are the hash functions that a key may be used with.
var signatureAlgorithms = []string{"", "sha224", "sha256", "sha384", "sha512"}

func (a *attestor) errors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if count(a.Keys != nil, a.Certificates != nil, a.Keyless != nil, a.Attestor != nil) != 1 {
		errs = append(errs, field.Invalid(path, a, "keys, certificates, keyless, or a nested attestor is required"))
	}
	if k, at := a.Keys, path.Child("keys"); k != nil {
		if k.PublicKeys == "" && k.KMS == "" && k.Secret == nil {
			errs = append(errs, field.Invalid(at, k, "A public key, kms key or secret is required"))
		}
		if k.PublicKeys != "" && !slices.Contains(signatureAlgorithms, k.SignatureAlgorithm) {
			errs = append(errs, field.Invalid(at, k, "Invalid signature algorithm provided"))
		}
	}
	if cert := a.Certificates; cert != nil && cert.Certificate == "" && cert.Chain == "" {
		errs = append(errs, field.Invalid(path.Child("certificates"), cert, "cert or certChain required"))
	}
	if k, at := a.Keyless, path.Child("keyless"); k != nil {
		if k.Rekor == nil && k.Roots == "" {
			errs = append(errs, field.Invalid(at, k, "Either Rekor URL or roots are required"))
		}
		if k.Rekor != nil && k.Rekor.URL == "" {
			errs = append(errs, field.Invalid(at, k, "An URL is required"))
		}
	}
	return append(errs, a.nestedErrors(path.Child("attestor"))...)
}

// nestedErrors checks the attestor set inside an attestor.
func (a *attestor) nestedErrors(path *field.Path) field.ErrorList {
	if a.Attestor == nil {
		return nil
	}
	var nested attestorSet
	if err := convert(a.Attestor, &nested); err != nil {
		raw, _ := json.Marshal(a.Attestor)
		return field.ErrorList{field.Invalid(path, a.Attestor, fmt.Sprintf("failed to unmarshal attestor set %s: %v", raw, err))}
	}
	return nested.errors(path)
}
