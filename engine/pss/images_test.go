package pss

import (
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestFullImage(t *testing.T) {
	const digest = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	for image, want := range map[string]string{
		"nginx":                           "docker.io/nginx:latest",
		"nginx:1.27":                      "docker.io/nginx:1.27",
		"library/nginx":                   "docker.io/library/nginx:latest",
		"acme/web:2":                      "docker.io/acme/web:2",
		"ghcr.io/acme/web":                "ghcr.io/acme/web:latest",
		"localhost/web:1":                 "localhost/web:1",
		"registry:5000/web":               "registry:5000/web:latest",
		"nginx@" + digest:                 "docker.io/nginx@" + digest,
		"ghcr.io/acme/web:1@" + digest:    "ghcr.io/acme/web@" + digest,
		"":                                "name",
		"not an image":                    "name",
		"docker.io/Upper":                 "name",
		"@" + digest:                      "name",
		"docker.io/nginx:" + longTag(129): "name",
	} {
		if got := fullImage(image, "name"); got != want {
			t.Errorf("%q: got %q, want %q", image, got, want)
		}
	}
}

func longTag(n int) string { return strings.Repeat("t", n) }

func TestOffendingImages(t *testing.T) {
	spec := &corev1.PodSpec{
		Containers:     []corev1.Container{{Name: "a", Image: "one"}, {Name: "b", Image: "two:2"}},
		InitContainers: []corev1.Container{{Name: "i", Image: "three"}},
		EphemeralContainers: []corev1.EphemeralContainer{
			{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "e", Image: "four"}},
		},
	}
	for detail, want := range map[string][]string{
		`pod or containers "i", "a", "e" must set x`:           {"docker.io/three:latest", "docker.io/one:latest", "docker.io/four:latest"},
		`container "b" must not set x; container "a" must set`: {"docker.io/two:2"},
		`container "a" and annotation must not set x`:          {"aandannotation"},
		`pod must not set x`:                                   nil,
		`container "a" uses hostPort 80`:                       nil,
		`hostNetwork=true`:                                     nil,
	} {
		if diff := cmp.Diff(want, offendingImages(detail, spec)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", detail, diff)
		}
	}
}

// FuzzFullImage asserts that whatever is not taken for a name is a reference with a registry, and a tag or digest.
func FuzzFullImage(f *testing.F) {
	for _, seed := range []string{"nginx", "a/b:c", "x.y/z", "@", ":", "localhost/a@sha256:00", "A/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, image string) {
		got := fullImage(image, "")
		if got == "" {
			return
		}
		ref, err := reference.Parse(got)
		if err != nil {
			t.Fatalf("%q: %q: %v", image, got, err)
		}
		if _, ok := ref.(reference.Named); !ok || reference.IsNameOnly(ref.(reference.Named)) {
			t.Errorf("%q: %q has no tag or digest", image, got)
		}
	})
}
