package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"podsec/engine/document"
)

// Documents splits YAML text at its document marks; documents of comments only are left out.
func Documents(data []byte) ([][]byte, error) {
	var documents [][]byte
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) || err == nil && len(document) == 0 {
			return documents, nil
		}
		if err != nil {
			return documents, errors.New("unable to read yaml")
		}
		if !blank(document) {
			documents = append(documents, document)
		}
	}
}

func blank(document []byte) bool {
	for line := range strings.Lines(string(document)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

// Resources reads the objects of YAML text. Objects without a namespace are in "default" unless their kind is known to
// have none. Errors say where in the file of that name they are.
func Resources(name string, data []byte) ([]*unstructured.Unstructured, error) {
	documents, err := Documents(data)
	if err != nil {
		return nil, err
	}
	resources := make([]*unstructured.Unstructured, len(documents))
	wrong := make([]error, len(documents))
	var group errgroup.Group // for its limit: the first error is the one that stands first
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, document := range documents {
		group.Go(func() error {
			resources[i], wrong[i] = readResource(document)
			return nil
		})
	}
	_ = group.Wait()
	if i := slices.IndexFunc(wrong, func(err error) bool { return err != nil }); i >= 0 {
		return nil, place(name, data, documents[i], wrong[i])
	}
	return resources, nil
}

func readResource(document []byte) (*unstructured.Unstructured, error) {
	resource, err := object(document)
	if err != nil {
		return nil, err
	}
	if resource.GetNamespace() == "" && !clusterScoped(resource.GroupVersionKind().GroupKind()) {
		resource.SetNamespace("default")
	}
	fillMaps(resource.Object)
	return resource, nil
}

// object decodes one document.
func object(text []byte) (*unstructured.Unstructured, error) {
	data, err := sigsyaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	if document.TooDeep(out.Object) {
		return nil, document.ErrTooDeep
	}
	return out, nil
}

// fillMaps turns keys that must be maps but were written without a value ("annotations:") into empty maps.
func fillMaps(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if inner == nil && isMapField(key) {
				value[key] = map[string]any{}
				continue
			}
			fillMaps(inner)
		}
	case []any:
		for _, inner := range value {
			if _, ok := inner.(map[string]any); ok {
				fillMaps(inner)
			}
		}
	}
}

func isMapField(key string) bool {
	switch key {
	case "annotations", "labels", "matchLabels", "nodeSelector", "data", "stringData":
		return true
	}
	return false
}

// Values reads the documents of YAML text as plain values; empty ones are left out.
func Values(data []byte) ([]any, error) {
	documents, err := Documents(data)
	if err != nil {
		return nil, err
	}
	var values []any
	for i, document := range documents {
		var value map[string]any
		if err := yaml.UnmarshalStrict(document, &value); err != nil {
			return nil, fmt.Errorf("document[%d]: invalid YAML: %w", i, err)
		}
		if len(value) > 0 {
			values = append(values, value)
		}
	}
	return values, nil
}
