package labs

import (
	"io/fs"
	"reflect"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// maxHints is how many rungs the ladder of hints has.
const maxHints = 3

// stepBlock is the YAML of a step block.
type stepBlock struct {
	Edition edition      `lab:"edition"`
	File    file         `lab:"file"`
	Run     string       `lab:"run"`
	Checks  []checkEntry `lab:"checks"`
	Hints   []string     `lab:"hints"`
}

// step reads one section of the body, which starts at offset body of the source.
func (p *labParser) step(s section, body int, ids map[string]int) {
	line, _ := position(p.source, body+s.start)
	step := Step{ID: s.anchor, Title: s.title, Kind: Read, Prose: strings.TrimSpace(string(s.prose)), Line: line}
	if step.ID == "" {
		step.ID = slug(s.title)
	}
	if !anchorName.MatchString(step.ID) {
		p.note(body+s.start, "write it like {#require-a-label}", "the anchor %q may only have a-z, 0-9 and single dashes", step.ID)
	}
	if first, ok := ids[step.ID]; ok {
		p.note(body+s.start, "give one of them an anchor of its own: {#other-name}",
			"the step %q is there already, at line %d", step.ID, first)
	}
	ids[step.ID] = line
	if s.after >= 0 {
		p.note(body+s.after, "put all text before the step block", "there is text after the step block")
	}
	if len(s.blocks) > 1 {
		p.note(body+s.blocks[1].fence, "start another step with ##", "the step has more than one step block")
	}
	if len(s.blocks) > 0 {
		p.block(&step, s.blocks[0], body)
	}
	if step.Prose == "" {
		p.note(body+s.start, "say what the learner does here and why", "the step %q has no text", step.ID)
	}
	p.lab.Steps = append(p.lab.Steps, step)
}

// block reads a step's YAML into the step.
func (p *labParser) block(step *Step, b block, body int) {
	first, _ := position(p.source, body+b.content)
	d := strict{place: place{file: p.file, line: first - 1, indent: b.indent}}
	defer func() { p.problems = append(p.problems, d.problems...) }()
	n := d.parse(b.text)
	if n == nil {
		if len(d.problems) == 0 {
			p.note(body+b.fence, "leave the block out, or say what to run", "the step block is empty")
		}
		return
	}
	var y stepBlock
	d.decode(n, reflect.ValueOf(&y).Elem(), "step")
	step.Edition, step.File, step.Command, step.Hints = y.Edition.name, y.File.name, strings.TrimRight(y.Run, "\n "), y.Hints
	for _, entry := range y.Checks {
		if entry.check != nil {
			step.Checks = append(step.Checks, entry.check)
		}
	}
	y.File.mustExist(&d, p.lab.Files)
	if step.Command != "" {
		step.Kind = Run
	}
	y.judge(&d, n, step)
}

// judge checks what holds between the keys of a step block.
func (y *stepBlock) judge(d *strict, n *yaml.Node, step *Step) {
	if len(y.Hints) > maxHints {
		d.note(n, "keep the best three", "a step has up to %d hints, not %d", maxHints, len(y.Hints))
	}
	if step.Kind == Run && len(y.Checks) == 0 {
		d.note(n, "add checks:, at least - exit: 0", "a step that runs a command needs a check")
	}
	if step.Kind == Run {
		return
	}
	for _, entry := range y.Checks {
		if _, ok := underlying(entry.check).(answerCheck); ok {
			d.note(entry.node, "add run:, or check the cluster", "the check looks at a command's answer, but the step runs none")
		}
	}
}

// edition is the edition of the workshop that a side step is from.
type edition struct{ name string }

func (e *edition) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Value != "2023" {
		s.note(n, `write edition: "2023", or leave it out`, "the edition %q is not known", n.Value)
		return
	}
	e.name = n.Value
}

// file is the name of a file of the lab's folder.
type file struct {
	name string
	node *yaml.Node
}

func (f *file) decodeNode(s *strict, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || !fs.ValidPath(n.Value) || n.Value == "." {
		s.note(n, "name it as in the folder, without ./ and ..", "a file of the lab's folder is needed, not %q", n.Value)
		return
	}
	f.name, f.node = n.Value, n
}

func (f *file) mustExist(s *strict, files fs.FS) {
	if f.name == "" {
		return
	}
	if info, err := fs.Stat(files, f.name); err != nil || info.IsDir() {
		s.note(f.node, "add the file or correct its name", "the lab has no file %q", f.name)
	}
}

// slug makes an anchor of a title: lower case, words joined by dashes.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}
