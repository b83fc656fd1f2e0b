package live

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// maxBody is the largest body that an API server takes.
const maxBody = 3 << 20

// body reads the object that a request carries: JSON, YAML, or the protobuf that clients of built-in kinds send.
func body(r *http.Request) (map[string]any, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if len(data) > maxBody {
		return nil, tooLarge()
	}
	var object map[string]any
	switch mediaType(r) {
	case "", runtime.ContentTypeJSON, runtime.ContentTypeYAML, string(types.ApplyYAMLPatchType), string(types.MergePatchType):
		err = yaml.Unmarshal(data, &object)
	case runtime.ContentTypeProtobuf:
		object, err = fromProtobuf(data)
	default:
		return nil, unsupported("podsec reads objects as JSON, YAML, protobuf and merge patches, not as " + mediaType(r))
	}
	if err == nil && object == nil {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, &refusal{code: http.StatusBadRequest, reason: "BadRequest", text: "the body is no object: " + err.Error()}
	}
	return object, nil
}

// fromProtobuf reads an object of a built-in kind.
func fromProtobuf(data []byte) (map[string]any, error) {
	object, kind, err := scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil)
	if err != nil {
		return nil, err
	}
	object.GetObjectKind().SetGroupVersionKind(*kind)
	return runtime.DefaultUnstructuredConverter.ToUnstructured(object)
}

func mediaType(r *http.Request) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind
}
