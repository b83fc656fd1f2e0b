package helm

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// secretType marks the Secrets that are Helm's records.
const secretType = "helm.sh/release.v1"

// release is Helm's record of a release (pkg/release/v1): the fields that list, status and uninstall need.
type release struct {
	Name        string         `json:"name"`
	Info        info           `json:"info"`
	Chart       chart          `json:"chart"`
	Config      map[string]any `json:"config,omitempty"`
	Manifest    string         `json:"manifest,omitempty"`
	Version     int            `json:"version"`
	Namespace   string         `json:"namespace"`
	ApplyMethod string         `json:"apply_method,omitempty"`

	packed []byte // the manifest as it stands in the record, compressed; see pack
}

type info struct {
	FirstDeployed time.Time `json:"first_deployed,omitzero"`
	LastDeployed  time.Time `json:"last_deployed,omitzero"`
	Description   string    `json:"description,omitempty"`
	Status        string    `json:"status,omitempty"`
	Notes         string    `json:"notes,omitempty"`
}

type chart struct {
	Metadata metadata `json:"metadata"`
}

type metadata struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Name       string `json:"name,omitempty"`
	Version    string `json:"version,omitempty"`
	AppVersion string `json:"appVersion,omitempty"`
	Type       string `json:"type,omitempty"`
}

// key is the name of the record's Secret.
func (r *release) key() string { return fmt.Sprintf("sh.helm.release.v1.%s.v%d", r.Name, r.Version) }

// pack encodes the record as Helm does, JSON in gzip. A record is stored twice, as pending and as deployed, and nearly
// all of it is the manifest: that is compressed once, as a gzip member of its own behind that of the other fields.
func (r *release) pack() ([]byte, error) {
	if r.packed == nil {
		text, err := manifestField(r.Manifest)
		if err != nil {
			return nil, err
		}
		if r.packed, err = compress(text, gzip.BestSpeed); err != nil {
			return nil, err
		}
	}
	rest := *r
	rest.Manifest = ""
	head, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	head[len(head)-1] = ','
	packed, err := compress(head, gzip.BestSpeed)
	return append(packed, r.packed...), err
}

// manifestField is the end of a record: its last field, the manifest.
func manifestField(manifest string) ([]byte, error) {
	text, err := json.Marshal(manifest)
	return slices.Concat([]byte(`"manifest":`), text, []byte("}")), err
}

func compress(data []byte, level int) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, level)
	if err != nil {
		return nil, err
	}
	_, err = writer.Write(data)
	err = errors.Join(err, writer.Close())
	return packed.Bytes(), err
}

// secret makes the record's Secret. Its data is base64 of Helm's own (and once more base64, as all data of Secrets).
func (r *release) secret(stamp string, now time.Time) (*corev1.Secret, error) {
	packed, err := r.pack()
	if err != nil {
		return nil, fmt.Errorf("encode release %q: %w", r.Name, err)
	}
	return &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: r.key(), Namespace: r.Namespace, Labels: map[string]string{
			"name": r.Name, "owner": "helm", "status": r.Info.Status, "version": strconv.Itoa(r.Version),
			stamp: strconv.FormatInt(now.Unix(), 10),
		}},
		Type: secretType,
		Data: map[string][]byte{"release": []byte(base64.StdEncoding.EncodeToString(packed))},
	}, nil
}

// decode reads a record out of its Secret's data.
func decode(data []byte) (*release, error) {
	reader, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("unpack a release: %w", err)
	}
	var r release
	if err := json.NewDecoder(reader).Decode(&r); err != nil {
		return nil, fmt.Errorf("decode a release: %w", err)
	}
	return &r, nil
}

// objects are those of the manifest, with only what it takes to find them again and to know whether to keep them.
func (r *release) objects() ([]*unstructured.Unstructured, error) {
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(r.Manifest)))
	var objects []*unstructured.Unstructured
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("split the manifest of release %q: %w", r.Name, err)
		}
		object, err := reference(document)
		if err != nil {
			return nil, fmt.Errorf("decode the manifest of release %q: %w", r.Name, err)
		}
		if object.GetKind() != "" {
			objects = append(objects, object)
		}
	}
}

// reference decodes who an object is. Our own documents are JSON behind a comment, and large: read as YAML, the
// definitions alone would take seconds.
func reference(document []byte) (*unstructured.Unstructured, error) {
	var partial metav1.PartialObjectMetadata
	unmarshal := func(data []byte) error { return utilyaml.Unmarshal(data, &partial) }
	if at := bytes.Index(document, []byte("\n{")); at >= 0 && bytes.HasPrefix(document, []byte("# ")) {
		document, unmarshal = document[at:], func(data []byte) error { return json.Unmarshal(data, &partial) }
	}
	if err := unmarshal(document); err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(partial.APIVersion)
	object.SetKind(partial.Kind)
	object.SetName(partial.Name)
	object.SetNamespace(partial.Namespace)
	object.SetAnnotations(partial.Annotations)
	return object, nil
}
