package transcript_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/transcript"
)

func plain(t *transcript.Transcript, width int) []string {
	lines := t.Render(width, style.New(true))
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return lines
}

// TestRefused finds the last command that Kyverno refused an object of.
func TestRefused(t *testing.T) {
	var tr transcript.Transcript
	for i, printed := range []string{
		"resource Pod/shop/web was blocked due to the following policies \n", "resource Pod/shop/web was blocked due to the following policies \nlevels:\n",
		"pod/web created\n", "resource Pod/shop/web-2 was blocked due to the following policies \n",
	} {
		tr.StartIn(fmt.Sprintf("/lab/%d", i), fmt.Sprintf("kubectl apply -f %d.yaml", i))
		tr.Write(printed)
		tr.Finish(transcript.Verdict{})
	}
	want := transcript.Ran{
		Command: "kubectl apply -f 1.yaml", Folder: "/lab/1",
		Output: "resource Pod/shop/web was blocked due to the following policies \nlevels:",
	}
	if diff := cmp.Diff(want, tr.Refused("Pod/shop/web")); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if got := tr.Refused("Pod/default/web"); got != (transcript.Ran{}) {
		t.Errorf("found %+v", got)
	}
	if got := tr.Last(); got.Command != "kubectl apply -f 3.yaml" || got.Folder != "/lab/3" {
		t.Errorf("the last one is %+v", got)
	}
}

func TestOneCommand(t *testing.T) {
	var tr transcript.Transcript
	if !tr.Empty() {
		t.Error("the zero value is not empty")
	}
	tr.Start("kubectl run nginx \\\n  --image=nginx:latest\n")
	for _, chunk := range []string{"Error from ser", "ver: denied\nmore\n", "no newline"} {
		tr.Write(chunk)
	}
	tr.Finish(transcript.Verdict{Note: "exit 1 · 0.3s", Hint: "look at the label", Checks: []labs.CheckResult{
		{OK: true, Title: "the pod nginx was denied"},
		{Title: "the label is there", Missing: "pod nginx has no label CostCenter"},
	}})
	want := []string{
		"$ kubectl run nginx \\",
		"    --image=nginx:latest",
		"Error from server: denied",
		"more",
		"no newline",
		"[exit 1 · 0.3s]",
		"✓ the pod nginx was denied",
		"✗ the label is there",
		"  pod nginx has no label CostCenter",
		"hint  look at the label",
	}
	if diff := cmp.Diff(want, plain(&tr, 60)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPrinted is what one of several commands printed, alone.
func TestPrinted(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("one")
	tr.Write("first\n")
	tr.Finish(transcript.Verdict{Note: "exit 0"})
	tr.Start("two")
	tr.Write("sec")
	if tr.Len() != 2 {
		t.Errorf("%d commands", tr.Len())
	}
	for command, want := range map[int]struct {
		lines []string
		note  string
	}{0: {[]string{"first"}, "exit 0"}, 1: {[]string{"sec"}, ""}, 2: {nil, ""}, -1: {nil, ""}} {
		lines, note := tr.Printed(command, 40, style.New(true))
		if diff := cmp.Diff(want.lines, lines); diff != "" || note != want.note {
			t.Errorf("command %d, note %q:\n%s", command, note, diff)
		}
	}
}

func TestCommandLines(t *testing.T) {
	for _, tt := range []struct {
		command string
		want    []string
	}{
		{"kubectl get pods", []string{"$ kubectl get pods"}},
		{"one\ntwo\n", []string{"$ one", "$ two"}},
		{"one \\\n  two\nthree", []string{"$ one \\", "    two", "$ three"}},
		{"cat <<EOF\na: 1\nEOF", []string{"$ cat <<EOF", "  a: 1", "  EOF"}},
		{"a very long command line indeed", []string{"$ a very long command", "  line indeed"}},
	} {
		got := transcript.Command(tt.command, 23, style.New(true))
		for i := range got {
			got[i] = ansi.Strip(got[i])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.command, diff)
		}
	}
}

func TestSeveralCommandsAreSetApart(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("one")
	tr.Write("1\n")
	tr.Finish(transcript.Verdict{})
	tr.Start("two")
	tr.Write("2")
	if diff := cmp.Diff([]string{"$ one", "1", "", "$ two", "2"}, plain(&tr, 20)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestChunksMayEndAnywhere cuts a hostile output at every byte: what is shown must not depend on it.
func TestChunksMayEndAnywhere(t *testing.T) {
	const output = "é日本 \x1b[31mred\x1b[0m\n\x1b]0;title\x07 10%\r100%\r\nend"
	for cut := range output {
		var tr transcript.Transcript
		tr.Start("x")
		tr.Write(output[:cut])
		tr.Write(output[cut:])
		tr.Finish(transcript.Verdict{})
		if diff := cmp.Diff([]string{"$ x", "é日本 red", "100%", "end"}, plain(&tr, 40)); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

func TestWrappingAndWidth(t *testing.T) {
	var tr transcript.Transcript
	tr.Start(strings.Repeat("word ", 12))
	tr.Write("resource Pod/default/nginx was blocked " + strings.Repeat("x", 90) + "\n")
	tr.Finish(transcript.Verdict{Note: strings.Repeat("n", 50), Checks: []labs.CheckResult{{Title: strings.Repeat("t ", 40)}}})
	for _, width := range []int{80, 30, 10, 3} {
		for _, line := range tr.Render(width, style.New(false)) {
			if text.Width(line) > width {
				t.Errorf("at %d: %q is %d wide", width, ansi.Strip(line), text.Width(line))
			}
		}
	}
}

func TestWrappedLinesKeepTheirIndent(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("x")
	tr.Write("require-labels:\n  check-team: label CostCenter is required\n")
	want := []string{"$ x", "require-labels:", "  check-team: label", "  CostCenter is", "  required"}
	if diff := cmp.Diff(want, plain(&tr, 19)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTablesAreNotWrapped says that rows stay rows, and that what does not fit can be moved into sight.
func TestTablesAreNotWrapped(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("x")
	tr.Write("NAME    READY   STATUS\nnginx   1/1     Running\nnot a table, but a sentence\n")
	for _, tt := range []struct {
		shift int
		want  []string
	}{
		{0, []string{"NAME    READY…", "nginx   1/1  …"}},
		{4, []string{"…   READY   S…", "…   1/1     R…"}},
		{99, []string{"…ADY   STATUS", "…1     Running"}},
		{-999, []string{"NAME    READY…", "nginx   1/1  …"}},
	} {
		tr.Shift(tt.shift)
		got := plain(&tr, 14)
		if diff := cmp.Diff(append(append([]string{"$ x"}, tt.want...), "not a table,", "but a sentence"), got); diff != "" {
			t.Errorf("moved by %d (-want +got):\n%s", tt.shift, diff)
		}
	}
	tr.Shift(4)
	tr.Start("y")
	tr.Write("NAME    READY   STATUS\n")
	if got := plain(&tr, 14); got[len(got)-1] != "NAME    READY…" {
		t.Errorf("the next table is %q", got[len(got)-1])
	}
}

// TestTheLastColumnGoesOn says that labels are read to their end where there is room below them.
func TestTheLastColumnGoesOn(t *testing.T) {
	const out = "NAME       STATUS   LABELS\nshipping   Active   kubernetes.io/metadata.name=shipping,pod-security.kubernetes.io/enforce=restricted   \n"
	for _, tt := range []struct {
		name         string
		width, shift int
		want         []string
		wide         bool
	}{
		{"room", 70, 0, []string{"NAME       STATUS   LABELS", "shipping   Active   kubernetes.io/metadata.name=shipping,",
			"                    pod-security.kubernetes.io/enforce=restricted"}, false},
		{"enough", 120, 0, []string{"NAME       STATUS   LABELS",
			"shipping   Active   kubernetes.io/metadata.name=shipping,pod-security.kubernetes.io/enforce=restricted"}, false},
		{"too little", 40, 0, []string{"NAME       STATUS   LABELS", "shipping   Active   kubernetes.io/metad…"}, true},
		{"moved to the end", 40, 999, []string{"…", "…curity.kubernetes.io/enforce=restricted"}, true},
		{"moved", 40, 3, []string{"…       STATUS   LABELS", "…ping   Active   kubernetes.io/metadata…"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tr transcript.Transcript
			tr.Start("x")
			tr.Write(out)
			tr.Shift(tt.shift)
			if diff := cmp.Diff(append([]string{"$ x"}, tt.want...), plain(&tr, tt.width)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := tr.Wide(tt.width); got != tt.wide {
				t.Errorf("Wide(%d) = %v", tt.width, got)
			}
		})
	}
}

func TestLongOutputIsBounded(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("yes")
	tr.Render(40, style.New(true))
	for i := range transcript.MaxLines + 10 {
		tr.Write(fmt.Sprintf("line %d\n", i))
	}
	lines := plain(&tr, 40)
	if got := lines[:3]; !cmp.Equal(got, []string{"$ yes", "10 earlier lines not kept", "line 10"}) {
		t.Errorf("it starts with %q", got)
	}
	if got, want := len(lines), transcript.MaxLines+2; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	tr.Write(strings.Repeat("z", 1<<20))
	if got := len(plain(&tr, 1000)); got > transcript.MaxLines+1200 {
		t.Errorf("a line without end became %d lines", got)
	}
}

func TestFailuresAreColoured(t *testing.T) {
	st := style.New(true)
	var tr transcript.Transcript
	tr.Start("x")
	tr.Write("Warning: old\nError from server: no\nfine\n")
	got := tr.Render(60, st)
	want := []string{st.Warn.Render("Warning: old"), st.Bad.Render("Error from server: no"), "fine"}
	if diff := cmp.Diff(want, got[1:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWritingWithoutACommandIsNothing(t *testing.T) {
	var tr transcript.Transcript
	tr.Write("x")
	tr.Finish(transcript.Verdict{Note: "x"})
	if got := tr.Render(20, style.New(true)); len(got) != 0 {
		t.Errorf("shown: %q", got)
	}
}

func BenchmarkRenderLongOutput(b *testing.B) {
	var tr transcript.Transcript
	tr.Start("kubectl get pods")
	for i := range transcript.MaxLines {
		tr.Write(fmt.Sprintf("pod-%d   1/1   Running   0   5s\n", i))
	}
	st := style.New(true)
	tr.Render(80, st)
	for b.Loop() {
		tr.Write("one more\n")
		tr.Render(80, st)
	}
}

// TestBoxedTables says that tables between bars keep their shape, and are moved as a whole.
func TestBoxedTables(t *testing.T) {
	var tr transcript.Transcript
	tr.Start("x")
	tr.Write("│────│────────│\n│ ID │ POLICY │\n│────│────────│\n│\n")
	for shift, want := range map[int][]string{
		0: {"$ x", "│────│───…", "│ ID │ PO…", "│────│───…", "│"},
		5: {"$ x", "…────────│", "… POLICY │", "…────────│", "│"},
	} {
		tr.Shift(-99)
		tr.Shift(shift)
		if diff := cmp.Diff(want, plain(&tr, 10)); diff != "" {
			t.Errorf("moved by %d (-want +got):\n%s", shift, diff)
		}
	}
	if !tr.Wide(10) || tr.Wide(15) {
		t.Error("how wide the table is is not known")
	}
	if got := plain(&tr, 40)[2]; got != "│ ID │ POLICY │" {
		t.Errorf("with room enough it is %q", got)
	}
}
