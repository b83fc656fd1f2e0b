package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const labKinds = `---
title: Of every kind
summary: All there is.
minutes: 9
---

Intro, with [a link](#guess), [another lab](../01-first/lab.md), [its step](../01-first/lab.md#works),
[one that is not here](../07-none/lab.md#x), [a file](a.yaml) and [the web](https://example.com/).

## Guess {#guess}

Think.

` + fence + `step
ask: What will it say?
choices:
  - {text: "` + "`bye`" + `", reply: "Why should it?"}
  - {text: hello, right: true}
run: say hello
checks: [exit: 0]
hints: [h]
notes: Give them a *minute*.
` + fence + `

## Repair

Write.

` + fence + `step
edit: a.yaml
run: check a.yaml
checks: [exit: 0]
hints: [h]
solution: {file: solved.yaml}
` + fence + `

## Roam

Go.

` + fence + `step
goal: true
checks: [exit: 1]
hints: [h]
solution: {run: deny}
` + fence + `

## Remember

All of it.

` + fence + `step
kind: recap
` + fence + `
`

func threeLabs() fstest.MapFS {
	files := fstest.MapFS{"01-first/lab.md": {Data: []byte(labA)}, "03-kinds/lab.md": {Data: []byte(labKinds)}}
	files["03-kinds/a.yaml"] = &fstest.MapFile{Data: []byte("a: bad\n")}
	files["03-kinds/solved.yaml"] = &fstest.MapFile{Data: []byte("a: good # ```\n")}
	return files
}

// TestExport writes handouts with what commands print, the solutions at the end.
func TestExport(t *testing.T) {
	for name, args := range map[string][]string{"handout-one.md": {"kinds"}, "handout-all.md": {"--all"}} {
		s := newStage(threeLabs(), quietCluster{})
		out, errs, err := s.execute(t.Context(), append([]string{"export"}, args...)...)
		if err != nil || errs != "" || s.ended != 1 {
			t.Fatalf("error %v, %q, the cluster was ended %d times", err, errs, s.ended)
		}
		golden(t, name, out)
	}
	dir := t.TempDir()
	for name, want := range map[string]string{"a.md": "# Lab 1: First & foremost\n", "a.html": `<h2 id="12-works">1.2 Works</h2>`} {
		file := filepath.Join(dir, name)
		if out, _, err := newStage(threeLabs(), quietCluster{}).execute(t.Context(), "export", "first", "-o", file); err != nil || out != "" {
			t.Fatalf("printed %q, error %v", out, err)
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: error %v, %s", name, err, text)
		}
	}
}

// TestPage: what a program printed cannot become part of the page, and links lead to where headings are.
func TestPage(t *testing.T) {
	text, err := newHandout(nil).write(nil)
	if err != nil || text != "\n" {
		t.Errorf("of no labs: %q, %v", text, err)
	}
	html, err := page("A < B", "# A_b: C–d & (e)!\n\n[x](#"+anchor("A_b: C–d & (e)!")+")\n\n<script>x</script>\n\n[y](javascript:x)\n\n|a|\n|-|\n|b|\n")
	if err != nil {
		t.Fatal(err)
	}
	for want, there := range map[string]bool{
		"<title>A &lt; B</title>": true, `id="a_b-cd--e"`: true, `href="#a_b-cd--e"`: true, "<table>": true, "<script>": false, "javascript": false, "http": false,
	} {
		if strings.Contains(string(html), want) != there {
			t.Errorf("%s is in it: %t\n%s", want, !there, html)
		}
	}
}

// TestExportFails: a handout must not show what is not so.
func TestExportFails(t *testing.T) {
	for want, args := range map[string][]string{
		"name labs, or use --all": {"export"},
		"export 02-second-one: the step fails does not pass; see podsec run 02-second-one": {"export", "2"},
		`find lab "7": there is none; see podsec labs`:                                     {"export", "7"},
		"write file: open /no/such/folder/a.md: no such file or directory":                 {"export", "1", "-o", "/no/such/folder/a.md"},
	} {
		if _, _, err := newStage(twoLabs(), quietCluster{}).execute(t.Context(), args...); text(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
