package labs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// labFile is the name of the file that makes a folder a lab.
const labFile = "lab.md"

var (
	folderName = regexp.MustCompile(`^(\d{2,3})-[a-z0-9]+(-[a-z0-9]+)*$`)
	anchorName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// Load reads all labs of a folder, ordered by number. With an error, a Problems of all labs, the labs that could be
// read are returned too.
func Load(fsys fs.FS) ([]*Lab, error) {
	folders, err := labFolders(fsys)
	if err != nil {
		return nil, err
	}
	var labs []*Lab
	var problems Problems
	numbers := map[int]string{}
	for _, folder := range folders {
		lab, err := Parse(fsys, folder)
		var found Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
			continue
		case err != nil:
			return nil, err
		}
		if other, ok := numbers[lab.Number]; ok {
			problems = append(problems, Problem{
				File: path.Join(folder, labFile), Message: fmt.Sprintf("lab number %d is taken by %s", lab.Number, other),
				Hint: "rename the folder",
			})
		}
		numbers[lab.Number] = folder
		labs = append(labs, lab)
	}
	sort.SliceStable(labs, func(i, j int) bool { return labs[i].Number < labs[j].Number })
	return labs, problems.err()
}

// labFolders lists the folders that have a lab.md.
func labFolders(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read folder of labs: %w", err)
	}
	var folders []string
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		if _, err := fs.Stat(fsys, path.Join(entry.Name(), labFile)); err == nil {
			folders = append(folders, entry.Name())
		}
	}
	return folders, nil
}

// Parse reads the lab in the folder dir. The error is a Problems with everything that is wrong, or the error of
// reading the file.
func Parse(fsys fs.FS, dir string) (*Lab, error) {
	name := path.Join(dir, labFile)
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read lab: %w", err)
	}
	files, err := fs.Sub(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("open folder of lab: %w", err)
	}
	p := labParser{file: name, source: source, lab: &Lab{ID: path.Base(dir), Files: files}}
	p.parse()
	if err := p.problems.err(); err != nil {
		return nil, err
	}
	return p.lab, nil
}

// labParser reads one lab.md and collects what is wrong with it.
type labParser struct {
	file     string
	source   []byte
	lab      *Lab
	problems Problems
}

// note adds a problem at an offset of the source.
func (p *labParser) note(offset int, hint, format string, args ...any) {
	line, column := position(p.source, offset)
	p.problems = append(p.problems, Problem{
		File: p.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (p *labParser) parse() {
	if m := folderName.FindStringSubmatch(p.lab.ID); m != nil {
		p.lab.Number, _ = strconv.Atoi(m[1])
	} else {
		p.note(0, "name it like 02-pod-labels", "the folder %q has no lab number", p.lab.ID)
	}
	if bytes.ContainsRune(p.source, '\r') {
		p.note(bytes.IndexByte(p.source, '\r'), "save the file with line feeds only", "the line ends with a carriage return")
		return
	}
	body := p.frontMatter()
	doc := parseMarkdown(p.source[body:])
	p.lab.Intro = string(bytes.TrimSpace(doc.intro))
	p.headings(doc, body)
	if p.lab.Intro == "" {
		p.note(body, "say in a few lines what the lab is about", "the lab has no text before its first step")
	}
	if len(doc.sections) == 0 {
		p.note(body, "start a step with a line like: ## Require a label", "the lab has no steps")
	}
	ids := map[string]int{}
	for _, s := range doc.sections {
		p.step(s, body, ids)
	}
}

func (p *labParser) headings(doc document, body int) {
	if doc.untitled {
		p.problems = append(p.problems, Problem{File: p.file, Message: "a heading ## has no text", Hint: "give the step a title"})
	}
	for _, offset := range doc.underlined {
		p.note(body+offset, "write ## before it if it is a step; put an empty line before --- if it is a rule",
			"the text is a heading because of the line of dashes below it")
	}
}

// header is the front matter of a lab.md.
type header struct {
	Title   string `lab:"title,required"`
	Summary string `lab:"summary,required"`
	Minutes int    `lab:"minutes,required"`
	Start   struct {
		Kyverno   bool   `lab:"kyverno"`
		Workloads bool   `lab:"workloads"`
		Apply     []file `lab:"apply"`
	} `lab:"start"`
}

// frontMatter reads the YAML between the lines of dashes at the top and returns where the body starts.
func (p *labParser) frontMatter() (body int) {
	const fence = "---\n"
	rest, ok := bytes.CutPrefix(p.source, []byte(fence))
	if !ok {
		p.note(0, "start the file with --- and the lab's title", "the front matter is missing")
		return 0
	}
	end := bytes.Index(rest, []byte("\n"+fence))
	if end < 0 {
		p.note(0, "end the front matter with a line ---", "the front matter has no end")
		return len(p.source)
	}
	d := strict{place: place{file: p.file, line: 1}, files: p.lab.Files}
	var h header
	if n := d.parse(rest[:end+1]); n != nil {
		d.decode(n, reflect.ValueOf(&h).Elem(), "front matter")
		if h.Minutes <= 0 && len(d.problems) == 0 {
			d.note(n, "say how long a learner needs", "minutes must be more than 0")
		}
	} else if len(d.problems) == 0 {
		p.note(0, "give title, summary and minutes", "the front matter is empty")
	}
	p.lab.Title, p.lab.Summary, p.lab.Minutes = strings.TrimSpace(h.Title), strings.TrimSpace(h.Summary), h.Minutes
	p.lab.Start = Baseline{Kyverno: h.Start.Kyverno, Workloads: h.Start.Workloads}
	for _, f := range h.Start.Apply {
		p.lab.Start.Apply = append(p.lab.Start.Apply, f.name)
		f.mustExist(&d)
	}
	p.problems = append(p.problems, d.problems...)
	return len(fence) + end + 1 + len(fence)
}
