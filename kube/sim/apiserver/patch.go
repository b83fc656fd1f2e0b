package apiserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

// maxPatchOperations is kube-apiserver's limit for a JSON patch.
const maxPatchOperations = 10000

// patchFunc returns old with the patch applied: as content, or as text when the kind must decode it.
type patchFunc func(old *unstructured.Unstructured) (*unstructured.Unstructured, error)

func (s *Server) servePatch(out *response, c *call) {
	validation, err := c.writeOptions(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	media := types.PatchType(mediaType(out.r))
	if media == types.ApplyYAMLPatchType {
		s.serveApply(out, c, validation)
		return
	}
	if err := c.patchable(media); err != nil {
		out.fail(err)
		return
	}
	body, err := readBody(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	obj, err := s.patch(out.r.Context(), c, media, body, validation)
	s.answer(out, c, http.StatusOK, obj, err)
}

// patch applies a patch to the stored object.
func (s *Server) patch(ctx context.Context, c *call, media types.PatchType, body []byte, validation string) (*unstructured.Unstructured, error) {
	c.patched = true
	apply, err := c.patcher(media, body, validation)
	if err != nil {
		return nil, err
	}
	return s.update(ctx, c, change{build: apply, patch: true})
}

// patchable says whether the kind takes this kind of patch.
func (c *call) patchable(media types.PatchType) error {
	_, typed := c.res.model.patchType()
	accepted := []string{string(types.JSONPatchType), string(types.MergePatchType)}
	if typed {
		accepted = append(accepted, string(types.StrategicMergePatchType))
	}
	accepted = append(accepted, string(types.ApplyYAMLPatchType))
	for _, have := range accepted {
		if have == string(media) {
			return nil
		}
	}
	return unsupportedMedia(accepted...)
}

// patcher returns the function that applies a patch.
func (c *call) patcher(media types.PatchType, body []byte, validation string) (patchFunc, error) {
	switch media {
	case types.JSONPatchType:
		return c.jsonPatcher(body, validation)
	case types.MergePatchType:
		return c.mergePatcher(body, validation)
	}
	return c.strategicPatcher(body, validation)
}

func (c *call) jsonPatcher(body []byte, validation string) (patchFunc, error) {
	operations, err := jsonpatch.DecodePatch(body)
	if err != nil {
		text := strings.Replace(err.Error(), "jsonpatch.Patch", "[]handlers.jsonPatchOp", 1) // kube-apiserver's own type
		return nil, apierrors.NewBadRequest("error decoding patch: " + text)
	}
	if len(operations) > maxPatchOperations {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("The allowed maximum operations in a JSON patch is %d, got %d", maxPatchOperations, len(operations)))
	}
	return c.textPatcher(validation, func(text []byte) ([]byte, error) {
		patched, err := operations.Apply(text)
		if err != nil {
			return nil, apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "", schema.GroupResource{}, "", err.Error(), 0, false)
		}
		return patched, nil
	}), nil
}

func (c *call) mergePatcher(body []byte, validation string) (patchFunc, error) {
	var content map[string]any
	if err := json.Unmarshal(body, &content); err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	return c.textPatcher(validation, func(text []byte) ([]byte, error) {
		patched, err := jsonpatch.MergePatch(text, body)
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return patched, nil
	}), nil
}

// textPatcher applies a patch to the object's JSON and decodes what comes out.
func (c *call) textPatcher(validation string, apply func([]byte) ([]byte, error)) patchFunc {
	return func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		text, err := old.MarshalJSON()
		if err != nil {
			return nil, err
		}
		patched, err := apply(text)
		if err != nil {
			return nil, err
		}
		refuse := func(err error) error { return invalidPatch(string(patched), err) }
		if err := c.keepsType(patched); err != nil {
			return nil, refuse(err)
		}
		obj, strict, err := c.res.model.decode(patched)
		if err != nil {
			return nil, refuse(err)
		}
		return obj, c.strictly(validation, strict, refuse)
	}
}

// keepsType refuses what a patch turned into something that is no object of this kind in any of its versions. A patch
// that takes the type away changes nothing.
func (c *call) keepsType(patched []byte) error {
	var head metav1.TypeMeta
	if err := json.Unmarshal(patched, &head); err != nil || head.Kind == "" || head.APIVersion == "" || c.res.isCustom() {
		return nil //nolint:nilerr // to decode it says what is wrong
	}
	given := head.GroupVersionKind()
	if given == c.res.gvk {
		return nil
	}
	obj, err := scheme.Scheme.New(given)
	if err == nil && given.GroupKind() != c.res.gvk.GroupKind() {
		err = kjson.UnmarshalCaseSensitivePreserveInts(patched, obj)
	}
	if err == nil && given.GroupKind() == c.res.gvk.GroupKind() {
		return nil
	}
	if err == nil || runtime.IsNotRegisteredError(err) {
		return errors.New(c.unlike(given))
	}
	return err
}

func (c *call) strategicPatcher(body []byte, validation string) (patchFunc, error) {
	var content map[string]any
	duplicates, err := kjson.UnmarshalStrict(body, &content)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	shape, _ := c.res.model.patchType()
	return func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
		// Both sides are changed by the merge.
		patched, err := strategicpatch.StrategicMergeMapPatch(old.DeepCopy().Object, deepCopy(content), shape)
		if err != nil {
			return nil, patchError(err)
		}
		refuse := func(err error) error { return invalidPatch(fmt.Sprintf("%+v", content), err) }
		obj, strict, err := c.res.model.convert(patched)
		if err != nil {
			return nil, refuse(err)
		}
		return obj, c.strictly(validation, append(duplicates, strict...), refuse)
	}, nil
}

func deepCopy(content map[string]any) map[string]any {
	return (&unstructured.Unstructured{Object: content}).DeepCopy().Object
}

// patchError is the Status of a patch that cannot be applied.
func patchError(err error) error {
	switch err {
	case mergepatch.ErrBadJSONDoc, mergepatch.ErrBadPatchFormatForPrimitiveList, mergepatch.ErrBadPatchFormatForRetainKeys,
		mergepatch.ErrBadPatchFormatForSetElementOrderList, mergepatch.ErrUnsupportedStrategicMergePatchFormat:
		return apierrors.NewBadRequest(err.Error())
	case mergepatch.ErrNoListOfLists:
		return apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "", schema.GroupResource{}, "", err.Error(), 0, false)
	}
	return apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "", schema.GroupResource{}, "", err.Error(), 0, false)
}

// invalidPatch is kube-apiserver's error for a patch that leaves something that is not the kind.
func invalidPatch(shown string, err error) error {
	return apierrors.NewInvalid(schema.GroupKind{}, "", field.ErrorList{field.Invalid(field.NewPath("patch"), shown, err.Error())})
}
