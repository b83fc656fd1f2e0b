package markdown_test

import (
	"testing"

	"podsec/assets"
	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/widget/markdown"
)

// BenchmarkLabs renders the prose of all labs, each piece once.
func BenchmarkLabs(b *testing.B) {
	all, err := labs.Load(assets.Labs())
	if err != nil {
		b.Fatal(err)
	}
	r := markdown.NewRenderer(style.New(true))
	b.ReportAllocs()
	for b.Loop() {
		for _, lab := range all {
			r.Render(lab.Intro, 60)
			for _, step := range lab.Steps {
				r.Render(step.Prose, 60)
			}
		}
	}
}
