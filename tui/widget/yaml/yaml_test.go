package yaml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/dlclark/regexp2"
	"github.com/google/go-cmp/cmp"

	"podsec/tui/style"
	"podsec/tui/widget/yaml"
)

const manifest = `# who pays
apiVersion: v1
kind: Pod
metadata:
  name: nginx
  labels: {CostCenter: "IT"}
spec:
  hostPID: true
  containers:
  - name: web
    image: 'nginx:latest'
    ports:
    - containerPort: 80
---
text: |
  a block
`

func TestHighlightingLosesNothing(t *testing.T) {
	got := ansi.Strip(strings.Join(yaml.Highlight(strings.TrimSpace(manifest), "yaml", style.New(true)), "\n"))
	if diff := cmp.Diff(strings.TrimSpace(manifest), got); diff != "" {
		t.Errorf("text changed (-want +got):\n%s", diff)
	}
}

func TestColoursSayWhatIsWhat(t *testing.T) {
	st := style.New(true)
	lines := strings.Join(yaml.Highlight(manifest, "yaml", st), "\n")
	for what, want := range map[string]string{
		"a comment": st.Muted.Render("# who pays"),
		"a key":     st.Accent.Render("hostPID"),
		"a boolean": st.Number.Render("true"),
		"a number":  st.Number.Render("80"),
		"a string":  st.Value.Render(`"IT"`),
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("%s is not drawn as %q", what, want)
		}
	}
}

func TestUnknownLanguageIsShownPlain(t *testing.T) {
	got := yaml.Highlight("a: 1\nb", "no such language", style.New(true))
	if diff := cmp.Diff([]string{"a: 1", "b"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRender(t *testing.T) {
	plain := func(source string, width int) []string {
		return strings.Split(ansi.Strip(strings.Join(yaml.Render(source, width, style.New(false)), "\n")), "\n")
	}
	if diff := cmp.Diff([]string{"1  a: 1", "2  b: 2"}, plain("a: 1\nb: 2\n\n", 20)); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1  key: a lon", "   g value"}, plain("key: a long value", 13)); diff != "" {
		t.Errorf("a long line (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{" 9  i", "10  j"}, plain(strings.Join(strings.Split("abcdefghij", ""), "\n"), 9)[8:]); diff != "" {
		t.Errorf("aligned numbers (-want +got):\n%s", diff)
	}
	st := style.New(true)
	if got := yaml.Render("key: a long value", 13, st); !strings.HasSuffix(got[0], st.Value.Render("a lon")) || !strings.HasSuffix(got[1], st.Value.Render("g value")) {
		t.Errorf("a long line loses its colours: %q", got)
	}
	if got := yaml.Render("", 10, style.New(true)); got != nil {
		t.Errorf("nothing renders as %q", got)
	}
}

// TestExpressionsTakeTheirTime: how a file is coloured does not depend on how busy the machine is.
func TestExpressionsTakeTheirTime(t *testing.T) {
	slow := regexp2.MustCompile(`(x+x+)+y`, regexp2.None)
	slow.MatchTimeout = time.Nanosecond
	for length := 10; length < 20; length++ {
		if found, err := slow.MatchString(strings.Repeat("x", length)); found || err != nil {
			t.Fatalf("found %v, error %v", found, err)
		}
	}
}
