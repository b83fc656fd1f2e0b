// Package plain is the workshop as a conversation in lines: for screen readers, for pipes, and for terminals that can do
// no more. It says a step, asks what to do, does it, and says what came of it. Nothing is drawn, and how things are is
// said in words.
package plain

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"podsec/labs"
	"podsec/tui"
	"podsec/tui/screen"
	"podsec/tui/text"
)

// talk is a conversation with a learner.
type talk struct {
	opts    tui.Options
	out     io.Writer
	lines   <-chan string // what the learner enters; closed at its end
	cluster tui.Cluster
}

// Run talks to the learner until they quit, their input ends, or ctx does, none of which is an error. It leaves nothing
// running. Input and output are those of the options, else the process's own.
func Run(ctx context.Context, opts tui.Options) error {
	in, out := opts.Input, opts.Output
	if in == nil {
		in = os.Stdin
	}
	if out == nil {
		out = os.Stdout
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &talk{opts: opts, out: out, lines: read(ctx, in)}
	return t.run(ctx)
}

// read hands over lines as they are entered. The goroutine ends with its input, or when nobody takes a line any more.
func read(ctx context.Context, in io.Reader) <-chan string {
	const longest = 64 << 10
	lines := make(chan string)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(in)
		s.Buffer(make([]byte, 0, longest), longest)
		for s.Scan() {
			select {
			case lines <- strings.TrimSpace(s.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

func (t *talk) run(ctx context.Context) error {
	t.say("podsec: Managing pod security on Amazon EKS with Kyverno.")
	if t.opts.Notice != "" {
		t.say("%s", text.Clean(t.opts.Notice))
	}
	t.say("Starting the cluster %s. Please wait.", text.Line(t.opts.ClusterName))
	cluster, err := t.opts.Connect(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("start cluster: %w", err)
	}
	t.cluster = cluster
	t.say("The cluster is ready: %s", text.Sentence(text.Line(cluster.Detail)))
	go drop(cluster)
	return t.choose(ctx)
}

// drop takes states that nobody looks at here, so that who sends them does not wait.
func drop(c tui.Cluster) {
	if c.States == nil {
		return
	}
	for range c.States {
	}
}

// choose lets the learner choose labs, one after the other.
func (t *talk) choose(ctx context.Context) error {
	next := 0
	if t.opts.Lab != "" {
		for i, l := range t.opts.Labs {
			if l.ID == t.opts.Lab {
				next = i
			}
		}
		if quit, err := t.lab(ctx, t.opts.Labs[next]); quit || err != nil {
			return err
		}
		next = min(next+1, len(t.opts.Labs)-1)
	}
	for {
		t.list()
		line, ok := t.ask(ctx, fmt.Sprintf("Type the number of a lab, or q to quit. Enter alone opens lab %d.", t.opts.Labs[next].Number))
		if !ok || line == "q" {
			return nil
		}
		i, found := t.number(line, next)
		if !found {
			t.say("There is no lab %s.", text.Line(line))
			continue
		}
		if quit, err := t.lab(ctx, t.opts.Labs[i]); quit || err != nil {
			return err
		}
		next = min(i+1, len(t.opts.Labs)-1)
	}
}

// number finds the lab with the number that was entered.
func (t *talk) number(line string, next int) (index int, ok bool) {
	if line == "" {
		return next, true
	}
	n, err := strconv.Atoi(line)
	for i, l := range t.opts.Labs {
		if err == nil && l.Number == n {
			return i, true
		}
	}
	return 0, false
}

func (t *talk) list() {
	t.say("\nLabs:")
	for _, l := range t.opts.Labs {
		_, done := t.place(l)
		t.say("%d. %s. %d minutes. %d of %d steps done.", l.Number, text.Line(l.Title), l.Minutes, count(l, done), screen.Required(l))
	}
}

// place is where the learner is in a lab.
func (t *talk) place(l *labs.Lab) (pos int, done map[int]bool) {
	done = map[int]bool{}
	if t.opts.Progress == nil {
		return 0, done
	}
	known := t.opts.Progress.Lab(t.opts.ClusterName, l.ID)
	for i, s := range l.Steps {
		_, done[i] = known.Done[s.ID]
		if s.ID == known.Step {
			pos = i
		}
	}
	return pos, done
}

func count(l *labs.Lab, done map[int]bool) int {
	n := 0
	for i, s := range l.Steps {
		if done[i] && s.Edition == "" {
			n++
		}
	}
	return n
}

// say prints a line.
func (t *talk) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// ask asks for a line; ok is false when there is none any more.
func (t *talk) ask(ctx context.Context, question string) (line string, ok bool) {
	fmt.Fprintf(t.out, "%s\n> ", question)
	select {
	case line, ok = <-t.lines:
		return line, ok
	case <-ctx.Done():
		return "", false
	}
}
