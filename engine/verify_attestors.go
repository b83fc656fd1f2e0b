package engine

import (
	"errors"
	"fmt"
	"strings"
)

// attestors verifies that every set of attestors signed the image, and returns the digest that was signed.
func (c *imageCheck) attestors() (string, error) {
	digest := ""
	for i := range c.entry.Attestors {
		var err error
		if digest, err = c.attestorSet(&c.entry.Attestors[i], fmt.Sprintf(".attestors[%d]", i)); err != nil {
			return "", err
		}
	}
	return digest, nil
}

// attestorSet verifies that enough of a set's attestors signed; path is the set's place in the entry.
func (c *imageCheck) attestorSet(set *attestorSet, path string) (string, error) {
	expanded := set.expanded()
	required, found := expanded.required(), 0
	var failures []error
	for i := range expanded.Entries {
		at := fmt.Sprintf("%s.entries[%d]", path, i)
		digest, err := c.attestor(&expanded.Entries[i], at)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if found++; found >= required {
			return digest, nil
		}
	}
	if len(failures) == 0 {
		return "", errors.New("no attestor was asked")
	}
	return "", combined(failures)
}

// attestor verifies that one attestor signed.
func (c *imageCheck) attestor(a *attestor, path string) (string, error) {
	if a.Attestor != nil {
		return c.attestorSet(a.Attestor, path+".attestor")
	}
	check, part := c.check(a, nil)
	evidence, err := c.engine.options.ImageVerifier.VerifySignature(c.scope.ctx, check)
	c.found(path+part, evidence, err)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path+part, err)
	}
	return evidence.Digest, nil
}

// found notes what a verification looked at and what came of it.
func (c *imageCheck) found(clause string, evidence ImageEvidence, err error) {
	for _, s := range evidence.Signatures {
		c.step(clause, joinNonEmpty([]string{s.Form + " at " + s.Where, s.Note}, ": "), s.OK)
	}
	if err != nil {
		c.step(clause, err.Error(), false)
		return
	}
	c.step(clause, joinNonEmpty([]string{"signed", evidence.Digest}, ": "), true)
}

// check is what the verifier is asked for an attestor, and which part of the attestor says so (".keys").
func (c *imageCheck) check(a *attestor, statement *attestation) (ImageCheck, string) {
	check := ImageCheck{
		Image: c.image.String(), Repository: c.entry.Repository, Annotations: c.entry.Annotations,
		Bundle: c.entry.Type == "SigstoreBundle", Notary: c.entry.Type == "Notary", SignatureAlgorithm: a.SignatureAlgorithm,
	}
	if statement != nil {
		check.Type, check.IgnoreSCT = statement.kind(), true
	}
	if a.Repository != "" {
		check.Repository = a.Repository
	}
	if a.Annotations != nil {
		check.Annotations = a.Annotations
	}
	switch {
	case a.Keys != nil:
		a.Keys.apply(&check)
		return check, ".keys"
	case a.Certificates != nil:
		check.Certificate, check.CertificateChain = a.Certificates.Certificate, a.Certificates.CertificateChain
		a.Certificates.logs.apply(&check)
		return check, ".certificates"
	case a.Keyless != nil:
		check.Keyless = true
		a.Keyless.logs.apply(&check)
		return check, ".keyless"
	}
	check.Keyless = true
	return check, ""
}

func (k *staticKey) apply(c *ImageCheck) {
	switch {
	case k.PublicKeys != "":
		c.Key = k.PublicKeys
	case k.Secret != nil:
		c.Key = fmt.Sprintf("k8s://%s/%s", k.Secret.Namespace, k.Secret.Name)
	default:
		c.Key = k.KMS
	}
	c.SignatureAlgorithm = k.SignatureAlgorithm
	k.logs.apply(c)
}

// expanded is the set with an attestor for each of several public keys in one field.
func (s *attestorSet) expanded() *attestorSet {
	out := &attestorSet{Count: s.Count}
	for _, entry := range s.Entries {
		var keys []string
		if entry.Keys != nil {
			keys = splitKeys(entry.Keys.PublicKeys)
		}
		if len(keys) < 2 {
			out.Entries = append(out.Entries, entry)
			continue
		}
		for _, key := range keys {
			single := *entry.Keys
			single.PublicKeys = key
			alone := entry
			alone.Keys = &single
			out.Entries = append(out.Entries, alone)
		}
	}
	return out
}

func splitKeys(pem string) []string {
	keys := strings.SplitAfter(pem, "-----END PUBLIC KEY-----")
	return keys[:len(keys)-1]
}

// combined joins errors in one line, as Kyverno does.
func combined(list []error) error {
	if len(list) == 1 {
		return list[0]
	}
	return &combinedError{list}
}

type combinedError struct{ list []error }

func (e *combinedError) Error() string {
	texts := make([]string, len(e.list))
	for i, err := range e.list {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (e *combinedError) Unwrap() []error { return e.list }
