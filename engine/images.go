package engine

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// defaultRegistry is put before images that name none (Kyverno's setting defaultRegistry).
const defaultRegistry = "docker.io"

// imageInfo is an image reference taken apart, as the variable images shows it.
type imageInfo struct {
	Registry, Path, Name, Tag, Digest string
}

// parseImage takes a reference apart with Kyverno's defaults: registry docker.io (with no "library/"), tag latest
// unless there is a digest.
func parseImage(image string) (imageInfo, error) {
	full := image
	if host, _, ok := strings.Cut(image, "/"); !ok || !isHost(host) {
		full = defaultRegistry + "/" + image
	}
	parsed, err := reference.Parse(full)
	if err != nil {
		return imageInfo{}, fmt.Errorf("bad image: %s, defaultRegistry: %s, enableDefaultRegistryMutation: true: %w", full, defaultRegistry, err)
	}
	var info imageInfo
	if named, ok := parsed.(reference.Named); ok {
		info.Registry, info.Path = reference.Domain(named), reference.Path(named)
		info.Name = info.Path[strings.LastIndex(info.Path, "/")+1:]
	}
	if tagged, ok := parsed.(reference.Tagged); ok {
		info.Tag = tagged.Tag()
	}
	if digested, ok := parsed.(reference.Digested); ok {
		info.Digest = digested.Digest().String()
	}
	if info.Tag == "" && info.Digest == "" {
		info.Tag = "latest"
	}
	return info, nil
}

// isHost tells a registry from the first part of a path.
func isHost(s string) bool {
	return strings.ContainsAny(s, ".:") || s == "localhost" || strings.ToLower(s) != s
}

// String writes the reference in full; a digest replaces the tag.
func (i imageInfo) String() string {
	if i.Digest != "" {
		return i.Registry + "/" + i.Path + "@" + i.Digest
	}
	return i.Registry + "/" + i.Path + ":" + i.Tag
}

func normalizeImage(image string) (string, error) {
	info, err := parseImage(image)
	if err != nil {
		return "", err
	}
	return info.String(), nil
}

// podSpecPaths says where kinds that make pods keep the pod's spec.
var podSpecPaths = map[string][]string{
	"Pod":                   {"spec"},
	"DaemonSet":             {"spec", "template", "spec"},
	"Deployment":            {"spec", "template", "spec"},
	"ReplicaSet":            {"spec", "template", "spec"},
	"ReplicationController": {"spec", "template", "spec"},
	"StatefulSet":           {"spec", "template", "spec"},
	"Job":                   {"spec", "template", "spec"},
	"CronJob":               {"spec", "jobTemplate", "spec", "template", "spec"},
}

// containerLists are the lists of containers of a pod's spec.
var containerLists = []string{"initContainers", "containers", "ephemeralContainers"}

// containerImage is the image of one container of a resource.
type containerImage struct {
	imageInfo
	list, container string // "containers", the container's name
	pointer         string // JSON pointer to the field image
}

// requestImages are the images of a resource that makes pods, in the order of their containers. It is empty for other
// kinds; an image that cannot be parsed is an error.
func requestImages(resource *unstructured.Unstructured) ([]containerImage, error) {
	path, ok := podSpecPaths[resource.GetKind()]
	if !ok {
		return nil, nil
	}
	var out []containerImage
	for _, list := range containerLists {
		containers, _, err := unstructured.NestedSlice(resource.Object, append(path[:len(path):len(path)], list)...)
		if err != nil {
			return nil, fmt.Errorf("invalid image config")
		}
		for i, c := range containers {
			container, _ := c.(map[string]any)
			image, _ := container["image"].(string)
			name, _ := container["name"].(string)
			if strings.TrimSpace(image) == "" {
				continue
			}
			info, err := parseImage(image)
			if err != nil {
				return nil, fmt.Errorf("invalid image '%s' (%w)", image, err)
			}
			out = append(out, containerImage{info, list, name, fmt.Sprintf("/%s/%s/%d/image", strings.Join(path, "/"), list, i)})
		}
	}
	return out, nil
}

// resourceImages returns the variable images: images.containers.<name>.{registry,path,name,tag,digest,…}.
func resourceImages(resource *unstructured.Unstructured) (map[string]any, error) {
	images, err := requestImages(resource)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, image := range images {
		child(out, image.list)[image.container] = image.variable(image.pointer)
	}
	return out, nil
}

// variable is the image as JMESPath sees it; empty registry, tag and digest are left out.
func (i imageInfo) variable(pointer string) map[string]any {
	out := map[string]any{
		"name": i.Name, "path": i.Path, "jsonPointer": pointer, "reference": i.String(),
		"referenceWithTag": i.Registry + "/" + i.Path + ":" + i.Tag,
	}
	for key, value := range map[string]string{"registry": i.Registry, "tag": i.Tag, "digest": i.Digest} {
		if value != "" {
			out[key] = value
		}
	}
	return out
}
