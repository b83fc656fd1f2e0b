package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// imageVerification is an entry of verifyImages, as kyverno.io/v1 has it.
type imageVerification struct {
	FailureAction       string            `json:"failureAction"`
	Type                string            `json:"type"`
	Image               string            `json:"image"`
	ImageReferences     []string          `json:"imageReferences"`
	SkipImageReferences []string          `json:"skipImageReferences"`
	Key                 string            `json:"key"`
	Issuer              string            `json:"issuer"`
	Attestors           []attestorSet     `json:"attestors"`
	Attestations        []attestation     `json:"attestations"`
	Annotations         map[string]string `json:"annotations"`
	Repository          string            `json:"repository"`
	MutateDigest        bool              `json:"mutateDigest"`
	VerifyDigest        bool              `json:"verifyDigest"`
	Required            bool              `json:"required"`
	UseCache            bool              `json:"useCache"`
	Validate            imageValidation   `json:"validate"`
}

// imageValidation is verifyImages.validate: conditions on what attestations say.
type imageValidation struct {
	Message string `json:"message"`
	Deny    *deny  `json:"deny"`
}

// attestation is an entry of verifyImages.attestations.
type attestation struct {
	Name          string        `json:"name"`
	PredicateType string        `json:"predicateType"`
	Type          string        `json:"type"`
	Attestors     []attestorSet `json:"attestors"`
	Conditions    []*conditions `json:"conditions"`
}

// kind is the type of the predicate, in its newer or its older field.
func (a *attestation) kind() string {
	if a.Type != "" {
		return a.Type
	}
	return a.PredicateType
}

// attestorSet is a list of attestors of which count must have signed; no count means all of them.
type attestorSet struct {
	Count   *int       `json:"count"`
	Entries []attestor `json:"entries"`
}

func (s *attestorSet) required() int {
	if s.Count == nil || *s.Count == 0 {
		return len(s.Entries)
	}
	return *s.Count
}

// attestor is one who signs: a key, a certificate, an identity, or a set of attestors.
type attestor struct {
	Keys               *staticKey        `json:"keys"`
	Certificates       *certificates     `json:"certificates"`
	Keyless            *keyless          `json:"keyless"`
	Attestor           *attestorSet      `json:"attestor"`
	Annotations        map[string]string `json:"annotations"`
	Repository         string            `json:"repository"`
	SignatureAlgorithm string            `json:"signatureAlgorithm"`
}

// staticKey is attestors.entries.keys.
type staticKey struct {
	PublicKeys         string     `json:"publicKeys"`
	SignatureAlgorithm string     `json:"signatureAlgorithm"`
	KMS                string     `json:"kms"`
	Secret             *objectRef `json:"secret"`
	logs
}

// certificates is attestors.entries.certificates.
type certificates struct {
	Certificate      string `json:"cert"`
	CertificateChain string `json:"certChain"`
	logs
}

// keyless is attestors.entries.keyless; nothing in it is read, because identities cannot be verified without a network.
type keyless struct{ logs }

// logs say what is asked of the transparency logs.
type logs struct {
	Rekor *struct {
		PublicKey  string `json:"pubkey"`
		IgnoreTlog bool   `json:"ignoreTlog"`
	} `json:"rekor"`
	CTLog *struct {
		PublicKey string `json:"pubkey"`
		IgnoreSCT bool   `json:"ignoreSCT"`
	} `json:"ctlog"`
}

// apply takes over what the attestor says of the logs: without a word they are asked.
func (l logs) apply(c *ImageCheck) {
	c.IgnoreTlog, c.IgnoreSCT = false, false
	if l.Rekor != nil {
		c.IgnoreTlog, c.RekorKey = l.Rekor.IgnoreTlog, l.Rekor.PublicKey
	}
	if l.CTLog != nil {
		c.IgnoreSCT, c.CTLogKey = l.CTLog.IgnoreSCT, l.CTLog.PublicKey
	}
}

// UnmarshalJSON fills in what the policy's definition in the API server would.
func (v *imageVerification) UnmarshalJSON(data []byte) error {
	type plainly imageVerification
	full := plainly{MutateDigest: true, VerifyDigest: true, Required: true, UseCache: true}
	if err := json.Unmarshal(data, &full); err != nil {
		return err
	}
	*v = imageVerification(full)
	return nil
}

// imageVerifications reads the entries of a rule, in the form of the newer fields.
func imageVerifications(raw []any, path string) ([]imageVerification, error) {
	out := make([]imageVerification, len(raw))
	for i, entry := range raw {
		if err := decode(entry, &out[i], fmt.Sprintf("%s.verifyImages[%d]", path, i)); err != nil {
			return nil, err
		}
		out[i] = out[i].converted()
	}
	return out, nil
}

// converted moves the older fields image, key and issuer to where the newer ones are.
func (v imageVerification) converted() imageVerification {
	if v.Image == "" && v.Key == "" && v.Issuer == "" {
		return v
	}
	if v.Image != "" {
		v.ImageReferences = append(slices.Clone(v.ImageReferences), v.Image)
	}
	if len(v.Annotations) == 0 && v.Key == "" && v.Issuer == "" {
		return v
	}
	entry := attestor{Annotations: maps.Clone(v.Annotations)}
	switch {
	case v.Key != "":
		entry.Keys = &staticKey{PublicKeys: v.Key}
	case v.Issuer != "":
		entry.Keyless = &keyless{}
	}
	set := attestorSet{Entries: []attestor{entry}}
	if len(v.Attestations) == 0 {
		v.Attestors = append(slices.Clone(v.Attestors), set)
	}
	return v
}

// matches says whether the entry is about the image.
func (v *imageVerification) matches(image string) bool { return matchAny(v.ImageReferences, image) }

// empty says whether the entry has no conditions of its own on attestations.
func (v *imageValidation) empty() bool { return v.Message == "" && v.Deny == nil }
