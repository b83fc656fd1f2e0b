package pss

import (
	"regexp"
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
)

// containerNames finds the names of the offending containers in upstream's words:
// `pod or containers "a", "b" must set securityContext.runAsNonRoot=true`.
var containerNames = regexp.MustCompile(`container(?:s)?\s*(.*?)\s*must`)

// unquoted takes the quotes and spaces out of a list of names.
var unquoted = strings.NewReplacer(`"`, "", " ", "")

// offendingImages returns the images of the containers that a check's detail names. Controls whose detail does not
// have the form "containers … must …" (host ports, volumes, sysctls, …) have none, as in Kyverno's reports.
func offendingImages(detail string, spec *corev1.PodSpec) []string {
	match := containerNames.FindStringSubmatch(detail)
	if match == nil {
		return nil
	}
	names := strings.Split(unquoted.Replace(match[1]), ",")
	images := make([]string, len(names))
	for i, name := range names {
		images[i] = imageOf(name, spec)
	}
	return images
}

// imageOf returns the full image reference of the named container, or the name when there is no such container.
func imageOf(name string, spec *corev1.PodSpec) string {
	for _, c := range spec.Containers {
		if c.Name == name {
			return fullImage(c.Image, name)
		}
	}
	for _, c := range spec.InitContainers {
		if c.Name == name {
			return fullImage(c.Image, name)
		}
	}
	for _, c := range spec.EphemeralContainers {
		if c.Name == name {
			return fullImage(c.Image, name)
		}
	}
	return name
}

// fullImage fills in the registry and tag that an image leaves out; unlike Docker, Kyverno adds no "library/". It
// returns fallback for something that is not an image reference.
func fullImage(image, fallback string) string {
	first, _, found := strings.Cut(image, "/")
	isHost := strings.ContainsAny(first, ".:") || first == "localhost" || strings.ToLower(first) != first
	if !found || !isHost {
		image = "docker.io/" + image
	}
	ref, err := reference.Parse(image)
	if err != nil {
		return fallback
	}
	named, ok := ref.(reference.Named)
	if !ok {
		return fallback
	}
	if digested, ok := ref.(reference.Digested); ok {
		return named.Name() + "@" + digested.Digest().String()
	}
	if tagged, ok := ref.(reference.Tagged); ok {
		return named.Name() + ":" + tagged.Tag()
	}
	return named.Name() + ":latest"
}
