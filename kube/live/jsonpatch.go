package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// confinePatch sees to it that a ClusterPolicy is still confined after a JSON patch: where the patch would leave rules
// that are not, it ends with an operation that puts them right.
func (g *Gate) confinePatch(r *http.Request, q *request) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	if len(data) > maxBody {
		return tooLarge()
	}
	policy, err := g.whole(r.Context(), q)
	if err != nil {
		return err
	}
	if policy != nil { // the cluster says that it is not there
		if data, err = confinedPatch(data, policy); err != nil {
			return invalid(fmt.Sprintf("ClusterPolicy %q: %v", q.name, err))
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.Header.Set("Content-Length", strconv.Itoa(len(data)))
	return nil
}

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// confinedPatch returns the JSON patch with what keeps the rules confined that it makes of a policy.
func confinedPatch(patch []byte, policy map[string]any) ([]byte, error) {
	changed, err := patched(patch, policy)
	if err != nil {
		return nil, err
	}
	unconfined := runtime.DeepCopyJSON(changed)
	if err := confine(changed); err != nil {
		return nil, err
	}
	if reflect.DeepEqual(unconfined, changed) {
		return patch, nil
	}
	rules, _, _ := unstructured.NestedFieldNoCopy(changed, "spec", "rules")
	var operations []json.RawMessage
	if err := json.Unmarshal(patch, &operations); err != nil {
		return nil, fmt.Errorf("read patch: %w", err)
	}
	last, err := json.Marshal(operation{Op: "add", Path: "/spec/rules", Value: rules})
	if err != nil {
		return nil, fmt.Errorf("write patch: %w", err)
	}
	return json.Marshal(append(operations, last))
}

// patched is an object after a JSON patch.
func patched(patch []byte, object map[string]any) (map[string]any, error) {
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, fmt.Errorf("read patch: %w", err)
	}
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encode object: %w", err)
	}
	options := jsonpatch.NewApplyOptions()
	options.AccumulatedCopySizeLimit = maxBody
	if text, err = operations.ApplyWithOptions(text, options); err != nil {
		return nil, fmt.Errorf("apply patch: %w", err)
	}
	var changed map[string]any
	if err := utiljson.Unmarshal(text, &changed); err != nil { // it reads whole numbers as such
		return nil, fmt.Errorf("apply patch: %w", err)
	}
	return changed, nil
}
