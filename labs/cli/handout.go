package cli

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"

	"podsec/labs"
)

// handout writes labs as one Markdown document.
type handout struct {
	list    []*labs.Lab
	anchors map[string]string // "02-pod-labels#require" to the anchor of the heading in the document
	text    strings.Builder
	end     strings.Builder // the appendix
}

func newHandout(list []*labs.Lab) *handout {
	h := &handout{list: list, anchors: map[string]string{}}
	for _, lab := range list {
		h.anchors[lab.ID] = anchor(labHeading(lab))
		for i := range lab.Steps {
			h.anchors[lab.ID+"#"+lab.Steps[i].ID] = anchor(stepHeading(lab, i))
		}
	}
	return h
}

func labHeading(lab *labs.Lab) string { return fmt.Sprintf("Lab %d: %s", lab.Number, lab.Title) }

func stepHeading(lab *labs.Lab, step int) string {
	return fmt.Sprintf("%d.%d %s", lab.Number, step+1, lab.Steps[step].Title)
}

// anchor is what GitHub, and the page, make of a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, heading)
}

// write writes the document; results are of a run of the same labs.
func (h *handout) write(results []labResult) (string, error) {
	for i, lab := range h.list {
		fmt.Fprintf(&h.text, "# %s\n\n*%s* About %d minutes.\n\n%s\n\n", labHeading(lab), lab.Summary, lab.Minutes, h.linked(lab, lab.Intro))
		for k := range lab.Steps {
			if err := h.step(lab, k, results[i].Steps[k]); err != nil {
				return "", err
			}
		}
	}
	if h.end.Len() > 0 {
		h.text.WriteString("# Answers and solutions\n\n" + h.end.String())
	}
	return strings.TrimRight(h.text.String(), "\n") + "\n", nil
}

func (h *handout) step(lab *labs.Lab, i int, result stepResult) error {
	step := &lab.Steps[i]
	fmt.Fprintf(&h.text, "## %s\n\n", stepHeading(lab, i))
	if step.Edition != "" {
		fmt.Fprintf(&h.text, "*As the edition of %s had it.*\n\n", step.Edition)
	}
	h.text.WriteString(h.linked(lab, step.Prose) + "\n\n")
	h.question(step)
	if err := h.file(&h.text, lab, step.File, step.File); err != nil {
		return err
	}
	switch {
	case result.Skipped != "":
		fmt.Fprintf(&h.text, "*Left out here: %s.*\n\n", result.Skipped)
		return nil
	case step.Kind == labs.Edit || step.Kind == labs.Explore:
		h.task(step, result)
	case step.Command != "":
		console(&h.text, step.Command, result.Output, result.Exit)
	}
	return h.solution(lab, i, result)
}

// question writes a question with its choices.
func (h *handout) question(step *labs.Step) {
	if step.Question == nil {
		return
	}
	fmt.Fprintf(&h.text, "**Before you go on:** %s\n\n", step.Question.Text)
	for _, c := range step.Question.Choices {
		fmt.Fprintf(&h.text, "- [ ] %s\n", c.Text)
	}
	h.text.WriteString("\n")
}

// task writes what is left to the reader, and what happens as long as it is not done.
func (h *handout) task(step *labs.Step, result stepResult) {
	if step.Kind == labs.Edit {
		fmt.Fprintf(&h.text, "**Your turn:** change `%s` until this works.\n\n", step.File)
	} else {
		h.text.WriteString("**Your turn.** You are there when:\n\n")
		for _, c := range result.Checks {
			fmt.Fprintf(&h.text, "- %s\n", c.Title)
		}
		h.text.WriteString("\n")
	}
	if result.Before != nil {
		console(&h.text, result.Before.Command, result.Before.Output, result.Before.Exit)
	}
}

// solution writes into the appendix what the step keeps from the reader.
func (h *handout) solution(lab *labs.Lab, i int, result stepResult) error {
	step := &lab.Steps[i]
	if step.Question == nil && step.Kind != labs.Edit && step.Kind != labs.Explore {
		return nil
	}
	fmt.Fprintf(&h.end, "## [%s](#%s)\n\n", stepHeading(lab, i), h.anchors[lab.ID+"#"+step.ID])
	if q := step.Question; q != nil {
		for _, c := range q.Choices {
			mark := "Not so:"
			if c.Right {
				mark = "**Right:**"
			}
			fmt.Fprintf(&h.end, "- %s %s", mark, c.Text)
			if c.Reply != "" {
				fmt.Fprintf(&h.end, " — %s", strings.Join(strings.Fields(c.Reply), " "))
			}
			h.end.WriteString("\n")
		}
		h.end.WriteString("\n")
		return nil
	}
	if err := h.file(&h.end, lab, step.Solution.File, step.File); err != nil {
		return err
	}
	console(&h.end, step.Solving(), result.Output, result.Exit)
	return nil
}

// file writes a file of a lab, under the name that it has for the reader.
func (h *handout) file(to *strings.Builder, lab *labs.Lab, name, shown string) error {
	if name == "" {
		return nil
	}
	text, err := fs.ReadFile(lab.Files, name)
	if err != nil {
		return fmt.Errorf("read file of %s: %w", lab.ID, err)
	}
	fmt.Fprintf(to, "`%s`:\n\n", shown)
	block(to, strings.TrimPrefix(path.Ext(name), "."), string(text))
	return nil
}

// console writes a command and what it printed.
func console(to *strings.Builder, command, output string, exit int) {
	var b strings.Builder
	typed(&b, command, printable(output), exit)
	block(to, "console", strings.TrimRight(b.String(), "\n")+"\n")
}

// block writes a code block, fenced by more backticks than stand in it.
func block(to *strings.Builder, language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	fmt.Fprintf(to, "%s%s\n%s%s\n\n", fence, language, text, fence)
}

// inlineLink is a link of Markdown whose target is not on the web.
var inlineLink = regexp.MustCompile(`\[([^\[\]]+)\]\(([^():\s]+)\)`)

// linked leads the links of a text to where their targets are in the document; of those that are not in it, only the
// text stays.
func (h *handout) linked(lab *labs.Lab, text string) string {
	return inlineLink.ReplaceAllStringFunc(text, func(link string) string {
		m := inlineLink.FindStringSubmatch(link)
		target, step, _ := strings.Cut(m[2], "#")
		id := lab.ID
		if target != "" {
			id = strings.TrimSuffix(strings.TrimPrefix(target, "../"), "/lab.md")
		}
		if step != "" {
			id += "#" + step
		}
		if anchor, ok := h.anchors[id]; ok {
			return "[" + m[1] + "](#" + anchor + ")"
		}
		return m[1]
	})
}
