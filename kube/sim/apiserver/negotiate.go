package apiserver

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// form is how an answer shows objects: as they are, as a Table, or as their metadata.
type form struct {
	as      string // "", "Table", "PartialObjectMetadata" or "PartialObjectMetadataList"
	version string // of meta.k8s.io: v1 or v1beta1
	include metav1.IncludeObjectPolicy
}

// accepted is one element of an Accept header.
type accepted struct {
	media  string
	params map[string]string
}

func acceptsOf(r *http.Request) []accepted {
	var out []accepted
	for _, element := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(element))
		if err == nil {
			out = append(out, accepted{media: media, params: params})
		}
	}
	return out
}

// formOf picks the first form of the Accept header that the server can give. Protobuf and CBOR are passed over for
// what comes after them, as clients list JSON last.
func formOf(r *http.Request) (form, error) {
	accepts := acceptsOf(r)
	if len(accepts) == 0 {
		return form{}, nil
	}
	for _, a := range accepts {
		if !readable(a.media) {
			continue
		}
		as := a.params["as"]
		if as == "" {
			return form{}, nil
		}
		version := a.params["v"]
		if a.params["g"] != metav1.GroupName || version != "v1" && version != "v1beta1" {
			continue
		}
		switch as {
		case "Table":
			include, err := includeOf(r)
			return form{as: as, version: version, include: include}, err
		case "PartialObjectMetadata", "PartialObjectMetadataList":
			return form{as: as, version: version}, nil
		}
	}
	return form{}, notAcceptable("only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf")
}

func notAcceptable(message string) error {
	err := apierrors.NewGenericServerResponse(http.StatusNotAcceptable, "", schema.GroupResource{}, "", "", 0, false)
	err.ErrStatus.Message, err.ErrStatus.Details = message, &metav1.StatusDetails{}
	return err
}

// acceptable refuses a request before it does anything, when its client understands nothing of what is written here.
func acceptable(r *http.Request, c *call) error {
	accepts := acceptsOf(r)
	if len(accepts) == 0 || slices.ContainsFunc(accepts, func(a accepted) bool {
		return readable(a.media) || strings.HasPrefix(a.media, "application/vnd.kubernetes.protobuf")
	}) {
		return nil
	}
	if c.res.isCustom() {
		_, err := formOf(r)
		return err
	}
	available := "application/json, application/yaml, application/vnd.kubernetes.protobuf"
	if r.Method == http.MethodGet && c.name == "" {
		available += ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
	}
	return notAcceptable("406: Not Acceptable\n\nAvailable representations: " + available)
}

// readable says whether the server writes a media type.
func readable(media string) bool {
	switch media {
	case "application/json", "application/yaml", "application/*", "*/*":
		return true
	}
	return false
}

// wantsYAML says whether YAML comes before JSON.
func wantsYAML(r *http.Request) bool {
	for _, a := range acceptsOf(r) {
		switch a.media {
		case "application/yaml":
			return true
		case "application/json", "*/*", "application/*":
			return false
		}
	}
	return false
}

// includeOf says how much of its object a row of a table carries.
func includeOf(r *http.Request) (metav1.IncludeObjectPolicy, error) {
	switch policy := metav1.IncludeObjectPolicy(r.URL.Query().Get("includeObject")); policy {
	case "":
		return metav1.IncludeMetadata, nil
	case metav1.IncludeNone, metav1.IncludeMetadata, metav1.IncludeObject:
		return policy, nil
	default:
		return "", apierrors.NewBadRequest(fmt.Sprintf("unrecognized includeObject value: %q", policy))
	}
}
