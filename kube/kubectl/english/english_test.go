package english

import (
	"strings"
	"testing"

	"k8s.io/kubectl/pkg/util/i18n"
)

func TestSpoken(t *testing.T) {
	for _, tt := range []struct {
		all, messages, lang string
		want                bool
	}{
		{"", "", "", true},
		{"", "", "C", true},
		{"", "", "C.UTF-8", true},
		{"", "", "en_GB.UTF-8", true},
		{"", "", "de_DE.UTF-8", false},
		{"", "", "de_DE", true}, // without an encoding kubectl speaks English too
		{"ja_JP.UTF-8", "en_US.UTF-8", "en_US.UTF-8", false},
		{"", "en_US.UTF-8", "fr_FR.UTF-8", true},
	} {
		env := map[string]string{"LC_ALL": tt.all, "LC_MESSAGES": tt.messages, "LANG": tt.lang}
		if got := spoken(func(name string) string { return env[name] }); got != tt.want {
			t.Errorf("spoken(%v) = %v, want %v", env, got, tt.want)
		}
	}
}

// TestSameTexts proves for a text of kubectl's that English is what it is without a catalogue, and that other
// languages are still loaded.
func TestSameTexts(t *testing.T) {
	const text = "List all visible plugin executables on a user's PATH"
	if got := i18n.T(text); got != text {
		t.Errorf("T = %q", got)
	}
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	if err := load(); err != nil {
		t.Fatal(err)
	}
	if got := i18n.T("Update the labels on a resource"); !strings.HasPrefix(got, "Aktualisiere") {
		t.Errorf("in German: %q", got)
	}
}
