package manifest

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Context is a file of what CEL expressions find beside their request.
type Context struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Resources []*unstructured.Unstructured `json:"resources"`
		Images    []ImageData                  `json:"images"`
	} `json:"spec"`
}

// ImageData is what a registry would say of an image.
type ImageData struct {
	Image         string `json:"image"`
	ResolvedImage string `json:"resolvedImage"`
	Registry      string `json:"registry"`
	Repository    string `json:"repository"`
	Tag           string `json:"tag"`
	Digest        string `json:"digest"`
	ImageIndex    any    `json:"imageIndex"`
	Manifest      any    `json:"manifest"`
	Config        any    `json:"config"`
}

// ParseContext reads a context file.
func ParseContext(data []byte) (*Context, error) {
	var context Context
	if err := yaml.UnmarshalStrict(data, &context); err != nil {
		return nil, err
	}
	return &context, nil
}

// Images are the image data as expressions see them, by image.
func (c *Context) Images() map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, i := range c.Spec.Images {
		data := map[string]any{"image": i.Image, "resolvedImage": i.ResolvedImage, "registry": i.Registry, "repository": i.Repository}
		for key, value := range map[string]string{"tag": i.Tag, "digest": i.Digest} {
			if value != "" {
				data[key] = value
			}
		}
		for key, value := range map[string]any{"imageIndex": i.ImageIndex, "manifest": i.Manifest, "config": i.Config} {
			if value != nil {
				data[key] = value
			}
		}
		out[i.Image] = data
	}
	return out
}
