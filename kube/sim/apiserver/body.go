package apiserver

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// bodyLimit is kube-apiserver's limit for a request's body.
const bodyLimit = 3 * 1024 * 1024

// readBody reads a request's body up to the limit.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error reading the body: %v", err))
	}
	if len(body) > bodyLimit {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", bodyLimit))
	}
	return body, nil
}

// readDocument reads a body that is one object, in JSON, YAML or protobuf, as JSON.
func (s *Server) readDocument(r *http.Request) ([]byte, error) {
	media := mediaType(r)
	if !slices.Contains([]string{"", runtime.ContentTypeJSON, runtime.ContentTypeYAML, runtime.ContentTypeProtobuf}, media) {
		return nil, unsupportedMedia(runtime.ContentTypeJSON, runtime.ContentTypeYAML, runtime.ContentTypeProtobuf)
	}
	body, err := readBody(r)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	switch media {
	case runtime.ContentTypeProtobuf:
		return s.protobuf.json(body)
	case runtime.ContentTypeYAML:
		if body, err = yaml.YAMLToJSON(body); err != nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("error parsing the body: %v", err))
		}
	}
	return body, nil
}

func mediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return strings.TrimSpace(r.Header.Get("Content-Type"))
	}
	return media
}

func unsupportedMedia(accepted ...string) error {
	err := apierrors.NewGenericServerResponse(http.StatusUnsupportedMediaType, "", schema.GroupResource{}, "", "", 0, false)
	err.ErrStatus.Reason, err.ErrStatus.Details = metav1.StatusReasonUnsupportedMediaType, nil
	err.ErrStatus.Message = "the body of the request was in an unknown format - accepted media types include: " + strings.Join(accepted, ", ")
	return err
}

// decode parses the object in a request's body; what is unknown in it is refused, warned of or dropped as the request
// asked (fieldValidation).
func (c *call) decode(body []byte, validation string) (*unstructured.Unstructured, error) {
	var head metav1.TypeMeta
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, c.undecodable(head, body, err)
	}
	if err := c.checkType(&head); err != nil {
		return nil, err
	}
	if head.Kind == "" {
		head.Kind = c.res.gvk.Kind // from here on the errors know it
	}
	obj, strict, err := c.res.model.decode(body)
	if err != nil {
		return nil, c.undecodable(head, body, err)
	}
	if obj.GetKind() == "" || obj.GetAPIVersion() == "" {
		obj.SetGroupVersionKind(c.res.gvk)
	}
	return obj, c.strictly(validation, strict, func(err error) error { return c.undecodable(head, body, err) })
}

// checkType compares a body's type with what the path serves; a missing type is taken from the path.
func (c *call) checkType(head *metav1.TypeMeta) error {
	want := c.res.gvk
	if err := c.otherKind(head); err != nil {
		return err
	}
	if head.APIVersion != "" && head.APIVersion != want.GroupVersion().String() {
		return apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", head.APIVersion, want.GroupVersion()))
	}
	if head.Kind != "" && head.Kind != want.Kind {
		return apierrors.NewBadRequest(fmt.Sprintf("the object provided is unrecognized (must be of type %s): no kind %q is registered for %q",
			want.Kind, head.Kind, want.GroupVersion()))
	}
	if _, typed := c.res.model.patchType(); !typed && head.Kind == "" {
		return apierrors.NewBadRequest("Object 'Kind' is missing in the body of the request")
	}
	return nil
}

// otherKind refuses a body of another kind, when a real server decodes bodies of this kind to Go types: it tries to
// convert what it has read.
func (c *call) otherKind(head *metav1.TypeMeta) error {
	given, want := head.GroupVersionKind(), c.res.gvk
	if given.Kind == "" || given.Version == "" || c.res.isCustom() || given.GroupKind() == want.GroupKind() {
		return nil
	}
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %s", given.Kind, given.Version, want.Kind, c.unlike(given)))
}

// unlike says why an object of another kind is not taken for one of this.
func (c *call) unlike(given schema.GroupVersionKind) string {
	if !scheme.Scheme.Recognizes(given) {
		return fmt.Sprintf("no kind %q is registered for version %q in scheme %q", given.Kind, given.GroupVersion(), "pkg/runtime/scheme.go:111")
	}
	return fmt.Sprintf("converting (%s.%s) to (%s.%s): unknown conversion", given.Version, given.Kind, internalPackage(c.res.gvk.Group), c.res.gvk.Kind)
}

// internalPackage is the Go package in which a real server has the types of a group without a version.
func internalPackage(group string) string {
	if group == "" {
		return "core"
	}
	name, _, _ := strings.Cut(group, ".")
	return name
}

// undecodable says why a body is not an object of this kind, in kube-apiserver's words.
func (c *call) undecodable(head metav1.TypeMeta, body []byte, err error) error {
	if head.Kind != "" {
		return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", head.Kind, c.res.gvk.Version, c.res.gvk.Kind, err))
	}
	because := err.Error()
	if !json.Valid(body) {
		because = "couldn't get version/kind; json parse error: " + because
	}
	return apierrors.NewBadRequest(fmt.Sprintf("the object provided is unrecognized (must be of type %s): %s (%s)", c.res.gvk.Kind, because, summary(body)))
}

// summary shows the beginning of a body as kube-apiserver does: in hexadecimal if it is no JSON.
func summary(body []byte) string {
	const length = 30
	switch {
	case len(body) == 0:
		return "<empty>"
	case body[0] == '{' && len(body) > length:
		return string(body[:length]) + " ..."
	case body[0] == '{':
		return string(body)
	case len(body) > length:
		return fmt.Sprintf("%x ...", body[:length])
	}
	return fmt.Sprintf("%x", body)
}

// strictly handles unknown and duplicate fields. refuse makes the error of a request that wants them refused.
func (c *call) strictly(validation string, strict []error, refuse func(error) error) error {
	if len(strict) == 0 || validation == metav1.FieldValidationIgnore {
		return nil
	}
	if validation == metav1.FieldValidationStrict {
		return refuse(runtime.NewStrictDecodingError(strict))
	}
	for _, err := range strict {
		c.warn(err.Error())
	}
	return nil
}

// writeOptions reads what all writes may ask for and leaves it in the call.
func (c *call) writeOptions(r *http.Request) (strictness string, err error) {
	query := r.URL.Query()
	if err := invalidOptions(r, query); err != nil {
		return "", err
	}
	c.dryRun = len(query["dryRun"]) > 0
	if strictness = query.Get("fieldValidation"); strictness == "" {
		strictness = metav1.FieldValidationWarn
	}
	c.manager = query.Get("fieldManager")
	if c.manager == "" {
		c.manager = agentName(r)
	}
	return strictness, nil
}

// invalidOptions checks the options of a write by the rules of their kind, which the method names.
func invalidOptions(r *http.Request, query url.Values) error {
	kind, errs := "CreateOptions", field.ErrorList(nil)
	manager, strictness := query.Get("fieldManager"), query.Get("fieldValidation")
	switch r.Method {
	case http.MethodPut:
		kind = "UpdateOptions"
		errs = validation.ValidateUpdateOptions(&metav1.UpdateOptions{DryRun: query["dryRun"], FieldManager: manager, FieldValidation: strictness})
	case http.MethodPatch:
		kind = "PatchOptions"
		opts := metav1.PatchOptions{DryRun: query["dryRun"], FieldManager: manager, FieldValidation: strictness}
		if force := query.Get("force"); force != "" {
			yes := isTrue(force)
			opts.Force = &yes
		}
		errs = validation.ValidatePatchOptions(&opts, types.PatchType(mediaType(r)))
	default:
		errs = validation.ValidateCreateOptions(&metav1.CreateOptions{DryRun: query["dryRun"], FieldManager: manager, FieldValidation: strictness})
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: kind}, "", errs)
}

// agentName is the field manager of a client that names none: the first part of its User-Agent.
func agentName(r *http.Request) string {
	name, _, _ := strings.Cut(r.UserAgent(), "/")
	if len(name) > 128 {
		name = name[:128]
	}
	return name
}
