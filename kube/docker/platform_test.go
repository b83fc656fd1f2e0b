package docker_test

import (
	"strings"
	"testing"
)

// TestPlatform: with a platform one image of the index is pulled and pushed, and without one the whole index.
func TestPlatform(t *testing.T) {
	setUp(t)
	const registry = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
	run(t, "aws ecr create-repository --repository-name shop; aws ecr get-login-password | docker login -u AWS --password-stdin "+registry)
	pushed := func(tag string) string {
		run(t, "docker tag nginx "+registry+"/shop:"+tag+" && docker push "+registry+"/shop:"+tag)
		return strings.TrimSpace(run(t, "aws ecr describe-images --repository-name shop --image-ids imageTag="+tag+" --query 'imageDetails[0].imageManifestMediaType' --output text"))
	}
	run(t, "docker pull nginx")
	if got := pushed("whole"); got != "application/vnd.oci.image.index.v1+json" {
		t.Errorf("without a platform: %s", got)
	}
	digests := map[string]bool{}
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		t.Setenv("DOCKER_DEFAULT_PLATFORM", platform)
		out := run(t, "docker pull nginx")
		if again := run(t, "docker pull nginx"); !strings.Contains(again, "Image is up to date") {
			t.Errorf("%s again: %s", platform, again)
		}
		_, digest, _ := strings.Cut(out, "Digest: ")
		digests[digest] = true
		if got := pushed("one"); got != "application/vnd.oci.image.manifest.v1+json" {
			t.Errorf("%s: %s", platform, got)
		}
	}
	if len(digests) != 2 {
		t.Errorf("the platforms have %d images", len(digests))
	}
	for platform, want := range map[string]string{
		"linux/s390x": "no matching manifest for linux/s390x in the manifest list entries",
		"a/b/c/d":     "is not a platform: too many slashes",
	} {
		t.Setenv("DOCKER_DEFAULT_PLATFORM", platform)
		if out := run(t, "docker pull nginx"); !strings.Contains(out, want) {
			t.Errorf("%s: %s", platform, out)
		}
	}
}
