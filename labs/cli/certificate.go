package cli

import (
	"fmt"
	"strings"
	"time"
)

// reportTitle is what a report is headed with.
const reportTitle = "Managing pod security on Amazon EKS with Kyverno"

// markdown writes a summary as a certificate is written.
func (s *summary) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", reportTitle)
	if s.Name != "" {
		fmt.Fprintf(&b, "A report for **%s**, made on %s.\n\n", cell(s.Name), day(s.Made))
	} else {
		fmt.Fprintf(&b, "A report made on %s.\n\n", day(s.Made))
	}
	if len(s.Clusters) == 0 {
		b.WriteString("No lab has been begun yet. `podsec` opens the workshop.\n")
	}
	for _, c := range s.Clusters {
		c.markdown(&b)
	}
	return b.String()
}

func (c *clusterSummary) markdown(b *strings.Builder) {
	finished, done := 0, 0
	for _, l := range c.Labs {
		done += l.Done
		if !l.Finished.IsZero() {
			finished++
		}
	}
	fmt.Fprintf(b, "## On the cluster %s\n\n", cell(c.Name))
	fmt.Fprintf(b, "%s finished, %s done.\n\n", count(finished, "lab"), count(done, "step"))
	b.WriteString("| Lab | Steps | Finished | Tries | Hints | Known mistakes | Solutions applied | Answers right at once |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, l := range c.Labs {
		fmt.Fprintf(b, "| %s | %d of %d | %s | %d | %d | %d | %d | %s |\n", cell(l.Title), l.Done, l.Steps,
			day(l.Finished), l.Tries, l.Hints, l.Mistakes, l.Solved, rightOf(l))
	}
	b.WriteString("\n")
	for _, l := range c.Labs {
		l.markdown(b)
	}
}

// markdown lists the steps that are done.
func (l *labSummary) markdown(b *strings.Builder) {
	if l.Done == 0 {
		return
	}
	fmt.Fprintf(b, "### %s\n\n", cell(l.Title))
	for _, s := range l.Details {
		if !s.Done.IsZero() {
			fmt.Fprintf(b, "- %s (%s)\n", s.Title, s.Done.UTC().Format("2006-01-02 15:04 MST"))
		}
	}
	b.WriteString("\n")
}

func rightOf(l labSummary) string {
	if l.Questions == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d", l.Right, l.Questions)
}

// day writes a date; that of something that has not happened is a dash.
func day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2 January 2006")
}

// cell keeps a text from ending the cell of a table, and the line.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
