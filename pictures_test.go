package main

import (
	"strings"
	"testing"

	"podsec/assets"
	"podsec/tui/workshop"
)

// TestPictures draws the pictures of the documentation, when they are to be updated:
//
//	go test . -run 'Pictures|Lab2' -update
func TestPictures(t *testing.T) {
	if !*update {
		t.Skip("it draws pictures, and looks at nothing")
	}
	t.Setenv("PODSEC_DATA_DIR", t.TempDir())
	w, err := workshop.New(assets.Labs(), &workshop.Places{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := sit(t, w, 120, 36)
	l.see("simulated ● ready")
	l.press("2")
	l.see("Validate and mutate pod labels")
	l.photograph("docs/home.svg")
	l.press("\r")
	l.waitUntil("the lab is open", func(screen string) bool {
		return strings.Contains(screen, "Lab 2") && strings.Contains(screen, "● ready") && !strings.Contains(screen, "preparing the lab")
	})
	l.press("r")
	l.see("✓ done")
	l.press("n")
	l.see("Require the label")
	l.press("r")
	l.see("✓ done")
	l.press("n")
	l.see("what do you think?")
	l.photograph("docs/predict.svg")
	l.press("3")
	l.see("enter run")
	l.press("\r")
	l.see("You said so")
	l.press("w")
	l.see("▌Why")
	l.see("require-labels")
	l.photograph("docs/why.svg")
	l.press("\x1b")
	l.see("▌Lab 2")
	l.press("\x1b[15~") // F5
	l.see("▌Reports")
	l.see("our prediction:")
	l.photograph("docs/reports.svg")
	l.press("\x1bOQ") // F2
	l.see("▌Lab 2")
	l.press("nnn")
	l.see("enter edit")
	l.press("\r")
	l.see("ctrl+r save and run")
	l.photograph("docs/edit.svg")
}
