package image

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// PredicateCustom is the predicate type of attestations without a type of their own.
const PredicateCustom = "https://cosign.sigstore.dev/attestation/v1"

// predicateTypes are cosign's names for the types of predicates.
var predicateTypes = map[string]string{
	"custom":           PredicateCustom,
	"slsaprovenance":   "https://slsa.dev/provenance/v0.2",
	"slsaprovenance02": "https://slsa.dev/provenance/v0.2",
	"slsaprovenance1":  "https://slsa.dev/provenance/v1",
	"spdx":             "https://spdx.dev/Document",
	"spdxjson":         "https://spdx.dev/Document",
	"cyclonedx":        "https://cyclonedx.org/bom",
	"link":             "https://in-toto.io/Link/v1",
	"vuln":             "https://cosign.sigstore.dev/attestation/vuln/v1",
	"openvex":          "https://openvex.dev/ns",
}

// PredicateType returns the type that a name of cosign's stands for, or a URI as it is.
func PredicateType(name string) (string, error) {
	if uri, ok := predicateTypes[name]; ok {
		return uri, nil
	}
	if _, err := url.ParseRequestURI(name); err != nil {
		return "", fmt.Errorf("invalid predicate type: %s", name)
	}
	return name, nil
}

// requiredFields are the fields that cosign wants to see in a predicate.
var requiredFields = map[string][]string{
	"link": {"_type", "name", "materials", "products", "byproducts", "command", "environment"},
}

// vulnerabilities is the predicate of a scan: cosign keeps these fields and no others.
type vulnerabilities struct {
	Invocation struct {
		BuilderID  string `json:"builder.id"`
		EventID    string `json:"event_id"`
		Parameters any    `json:"parameters"`
		URI        string `json:"uri"`
	} `json:"invocation"`
	Metadata struct {
		ScanFinishedOn time.Time `json:"scanFinishedOn"`
		ScanStartedOn  time.Time `json:"scanStartedOn"`
	} `json:"metadata"`
	Scanner struct {
		DB struct {
			URI     string `json:"uri"`
			Version string `json:"version"`
		} `json:"db"`
		Result  any    `json:"result"`
		URI     string `json:"uri"`
		Version string `json:"version"`
	} `json:"scanner"`
}

// NewStatement makes the statement that attests a predicate, given as a file's content, of an image. kind is a name of
// cosign's or a URI; now dates predicates of the type custom.
func NewStatement(digest name.Digest, kind string, predicate []byte, now time.Time) (*Statement, error) {
	uri, err := PredicateType(kind)
	if err != nil {
		return nil, err
	}
	content, err := predicateContent(kind, uri, predicate, now)
	if err != nil {
		return nil, err
	}
	algorithm, hex, err := splitDigest(digest.DigestStr())
	if err != nil {
		return nil, err
	}
	return &Statement{
		Type: oldStatementType, PredicateType: uri, Predicate: content,
		Subject: []Subject{{Name: digest.Context().String(), Digest: map[string]string{algorithm: hex}}},
	}, nil
}

func predicateContent(kind, uri string, predicate []byte, now time.Time) (json.RawMessage, error) {
	if uri == PredicateCustom {
		return json.Marshal(map[string]any{"Data": string(predicate), "Timestamp": now.UTC().Format(time.RFC3339)})
	}
	switch kind {
	case "spdx":
		return json.Marshal(string(predicate))
	case "vuln":
		var scan vulnerabilities
		if err := json.Unmarshal(predicate, &scan); err != nil {
			return nil, err
		}
		return json.Marshal(scan)
	}
	var fields map[string]any
	if err := json.Unmarshal(predicate, &fields); err != nil {
		if _, named := predicateTypes[kind]; named {
			return nil, err
		}
		return nil, fmt.Errorf("invalid JSON payload for predicate type %s: %w", uri, err)
	}
	for _, field := range requiredFields[kind] {
		if _, ok := fields[field]; !ok {
			return nil, fmt.Errorf("%s statement: required field %s missing", kind, field)
		}
	}
	return json.Marshal(fields)
}
