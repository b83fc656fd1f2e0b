package image

import (
	"encoding/json"
	"fmt"
)

// SignPredicateType is the predicate type of a bundle that signs an image and says nothing else of it.
const SignPredicateType = "https://sigstore.dev/cosign/sign/v1"

// The types of in-toto statements.
const (
	statementType    = "https://in-toto.io/Statement/v1"
	oldStatementType = "https://in-toto.io/Statement/v0.1"

	statementMediaType = "application/vnd.in-toto+json"
)

// Statement is an in-toto statement: what is said (predicate) of what (subject).
type Statement struct {
	Type          string          `json:"_type"`
	Subject       []Subject       `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// Subject is what a statement is about.
type Subject struct {
	Name        string            `json:"name,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitzero"`
}

// about says whether a subject has the digest, given as algorithm and hex.
func (s *Statement) about(algorithm, hex string) (Subject, bool) {
	for _, subject := range s.Subject {
		if subject.Digest[algorithm] == hex {
			return subject, true
		}
	}
	return Subject{}, false
}

func parseStatement(payload []byte) (*Statement, error) {
	var s Statement
	if err := json.Unmarshal(payload, &s); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	return &s, nil
}

// values is the statement as policies see it, with its predicate's type beside it as "type".
func (s *Statement) values() (map[string]any, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	out["type"] = s.PredicateType
	return out, nil
}
