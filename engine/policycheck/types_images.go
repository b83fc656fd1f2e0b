package policycheck

// imageVerification is an entry of verifyImages.
type imageVerification struct {
	FailureAction        *string           `json:"failureAction,omitempty"`
	Type                 string            `json:"type,omitempty"`
	Image                string            `json:"image,omitempty"`
	ImageReferences      []string          `json:"imageReferences,omitempty"`
	SkipImageReferences  []string          `json:"skipImageReferences,omitempty"`
	Key                  string            `json:"key,omitempty"`
	Roots                string            `json:"roots,omitempty"`
	Subject              string            `json:"subject,omitempty"`
	Issuer               string            `json:"issuer,omitempty"`
	AdditionalExtensions map[string]string `json:"additionalExtensions,omitempty"`
	Attestors            []attestorSet     `json:"attestors,omitempty"`
	Attestations         []attestation     `json:"attestations,omitempty"`
	Annotations          map[string]string `json:"annotations,omitempty"`
	Repository           string            `json:"repository,omitempty"`
	CosignOCI11          bool              `json:"cosignOCI11,omitempty"`
	MutateDigest         bool              `json:"mutateDigest"`
	VerifyDigest         bool              `json:"verifyDigest"`
	Validate             imageValidation   `json:"validate"`
	Required             bool              `json:"required"`
	Credentials          any               `json:"imageRegistryCredentials,omitempty"`
	UseCache             bool              `json:"useCache"`
}

type imageValidation struct {
	Message string `json:"message,omitempty"`
	Deny    *deny  `json:"deny,omitempty"`
}

type attestation struct {
	Name          string        `json:"name,omitempty"`
	PredicateType string        `json:"predicateType"`
	Type          string        `json:"type"`
	Attestors     []attestorSet `json:"attestors"`
	Conditions    []anyAll      `json:"conditions,omitempty"`
}

type attestorSet struct {
	Count   *int       `json:"count,omitempty"`
	Entries []attestor `json:"entries,omitempty"`
}

type attestor struct {
	Keys               *staticKey        `json:"keys,omitempty"`
	Certificates       *certificates     `json:"certificates,omitempty"`
	Keyless            *keyless          `json:"keyless,omitempty"`
	Attestor           any               `json:"attestor,omitempty"`
	Annotations        map[string]string `json:"annotations,omitempty"`
	Repository         string            `json:"repository,omitempty"`
	SignatureAlgorithm string            `json:"signatureAlgorithm,omitempty"`
}

type staticKey struct {
	PublicKeys         string `json:"publicKeys,omitempty"`
	SignatureAlgorithm string `json:"signatureAlgorithm,omitempty"`
	KMS                string `json:"kms,omitempty"`
	Secret             any    `json:"secret,omitempty"`
	Rekor              *rekor `json:"rekor,omitempty"`
	CTLog              any    `json:"ctlog,omitempty"`
}

type certificates struct {
	Certificate string `json:"cert,omitempty"`
	Chain       string `json:"certChain,omitempty"`
	Rekor       *rekor `json:"rekor,omitempty"`
	CTLog       any    `json:"ctlog,omitempty"`
}

type keyless struct {
	Rekor                *rekor            `json:"rekor,omitempty"`
	CTLog                any               `json:"ctlog,omitempty"`
	Issuer               string            `json:"issuer,omitempty"`
	IssuerRegExp         string            `json:"issuerRegExp,omitempty"`
	Subject              string            `json:"subject,omitempty"`
	SubjectRegExp        string            `json:"subjectRegExp,omitempty"`
	Roots                string            `json:"roots,omitempty"`
	AdditionalExtensions map[string]string `json:"additionalExtensions,omitempty"`
}

type rekor struct {
	URL        string `json:"url"`
	PublicKey  string `json:"pubkey,omitempty"`
	IgnoreTlog bool   `json:"ignoreTlog,omitempty"`
}
