package openapi

import (
	"encoding/json"
	"fmt"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
)

// DocumentV2 returns the OpenAPI v2 document in protobuf. It says of each resource where it is patched and that the
// server validates fields there, which is all that clients with OpenAPI v3 still ask of it; it has no schemas.
func DocumentV2(resources []Resource) ([]byte, error) {
	paths := &openapi_v2.Paths{}
	for _, r := range resources {
		extension, err := json.Marshal(gvkObject(r.GVK))
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", r.GVK, err)
		}
		for path := range r.paths("") {
			item := &openapi_v2.PathItem{Patch: patchV2(string(extension))}
			paths.Path = append(paths.Path, &openapi_v2.NamedPathItem{Name: path, Value: item})
		}
	}
	body, err := proto.Marshal(&openapi_v2.Document{
		Swagger: "2.0", Info: &openapi_v2.Info{Title: "Kubernetes", Version: "v1.36.3"}, Paths: paths,
	})
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI v2: %w", err)
	}
	return body, nil
}

// patchV2 is the PATCH of a kind.
func patchV2(kind string) *openapi_v2.Operation {
	parameter := &openapi_v2.QueryParameterSubSchema{Name: "fieldValidation", In: "query", Type: "string", UniqueItems: true}
	return &openapi_v2.Operation{
		Responses: &openapi_v2.Responses{},
		Parameters: []*openapi_v2.ParametersItem{{Oneof: &openapi_v2.ParametersItem_Parameter{Parameter: &openapi_v2.Parameter{
			Oneof: &openapi_v2.Parameter_NonBodyParameter{NonBodyParameter: &openapi_v2.NonBodyParameter{
				Oneof: &openapi_v2.NonBodyParameter_QueryParameterSubSchema{QueryParameterSubSchema: parameter},
			}},
		}}}},
		VendorExtension: []*openapi_v2.NamedAny{{Name: "x-kubernetes-group-version-kind", Value: &openapi_v2.Any{Yaml: kind}}},
	}
}
