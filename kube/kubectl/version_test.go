package kubectl

import "testing"

func TestReleaseOf(t *testing.T) {
	for module, want := range map[string]string{"v0.36.3": "v1.36.3", "v0.37.0-rc.1": "v1.37.0-rc.1", "": "", "(devel)": ""} {
		if got := releaseOf(module); got != want {
			t.Errorf("releaseOf(%q) = %q, want %q", module, got, want)
		}
	}
}
