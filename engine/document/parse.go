package document

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	sigsyaml "sigs.k8s.io/yaml"
)

// Parse reads the objects of a file: YAML documents, or JSON. Documents without content are left out, the items of a
// List are documents of their own. The error is a *Problem.
func Parse(file string, data []byte) ([]*Document, error) {
	var documents []*Document
	for _, chunk := range split(string(data)) {
		found, err := parseChunk(file, chunk)
		if err != nil {
			return nil, err
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

// chunk is the text of one document and how many lines come before it.
type chunk struct {
	text string
	line int
}

// split cuts text at its document marks, as kubectl does: lines that start with three hyphens.
func split(text string) []chunk {
	var chunks []chunk
	current := chunk{}
	line := 0
	var lines strings.Builder
	for raw := range strings.Lines(text) {
		line++
		if rest, mark := strings.CutPrefix(raw, "---"); mark && (strings.TrimSpace(rest) == "" || strings.HasPrefix(strings.TrimSpace(rest), "#")) {
			current.text = lines.String()
			chunks = append(chunks, current)
			current = chunk{line: line}
			lines.Reset()
			continue
		}
		lines.WriteString(raw)
	}
	current.text = lines.String()
	return append(chunks, current)
}

func parseChunk(file string, c chunk) ([]*Document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(c.text), &root); err != nil {
		return nil, syntaxProblem(file, c, err)
	}
	if root.Kind == 0 || len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return nil, nil
	}
	d := &Document{File: file, Node: root.Content[0], line: c.line}
	d.Node.HeadComment = joinComments(root.HeadComment, d.Node.HeadComment)
	d.Node.FootComment = joinComments(d.Node.FootComment, root.FootComment)
	if d.Node.Kind != yaml.MappingNode {
		return nil, d.Problem("", "this is not an object", "a Kubernetes object starts with apiVersion and kind")
	}
	if node := deepNode(d.Node, maxDepth); node != nil {
		return nil, &Problem{Position: d.position(node), Message: ErrTooDeep.Error(), Hint: "objects of Kubernetes need few levels: look for a repetition"}
	}
	if key := repeatedKey(d.Node); key != nil {
		return nil, &Problem{
			Position: d.position(key), Message: "the key " + strconv.Quote(key.Value) + " is there twice",
			Hint: "only the last one would count: remove one of them",
		}
	}
	return d.decode(c.text)
}

// decode fills in the object; a List becomes its items.
func (d *Document) decode(text string) ([]*Document, error) {
	data, err := sigsyaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, syntaxProblem(d.File, chunk{text, d.line}, err)
	}
	d.Object = &unstructured.Unstructured{}
	if err := d.Object.UnmarshalJSON(data); err != nil {
		return nil, d.Problem("", "this is not a Kubernetes object: "+reason(err), "a Kubernetes object has apiVersion, kind and metadata.name")
	}
	if TooDeep(d.Object.Object) { // by aliases
		return nil, d.Problem("", ErrTooDeep.Error(), "")
	}
	if !d.Object.IsList() {
		return []*Document{d}, nil
	}
	items, _ := d.Object.Object["items"].([]any)
	nodes := child(d.Node, "items")
	var documents []*Document
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, d.Problem("items["+strconv.Itoa(i)+"]", "this is not an object", "")
		}
		documents = append(documents, &Document{File: d.File, Object: &unstructured.Unstructured{Object: object}, Node: nodes.Content[i], line: d.line})
	}
	return documents, nil
}

// reason shortens apimachinery's errors, which quote the whole object.
func reason(err error) string {
	text, _, _ := strings.Cut(err.Error(), " in '{")
	return text
}

// repeatedKey returns the second of two equal keys of a mapping, nil when there are none.
func repeatedKey(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i]
			if seen[key.Value] {
				return key
			}
			seen[key.Value] = true
		}
	}
	for _, inner := range node.Content {
		if key := repeatedKey(inner); key != nil {
			return key
		}
	}
	return nil
}

func joinComments(a, b string) string {
	if a == "" || b == "" || a == b {
		return a + strings.TrimPrefix(b, a)
	}
	return a + "\n\n" + b
}

// yamlErrorRE takes the parser's messages apart.
var yamlErrorRE = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: (?:line (\d+): )?(.*)$`)

// syntaxProblem places an error of the YAML parser. The parser names the line only, and counts from 0 in some messages;
// a tab in the indentation, the most frequent cause, is looked for.
func syntaxProblem(file string, c chunk, err error) *Problem {
	p := &Problem{Position: Position{File: file, Line: c.line + 1}, Message: err.Error()}
	if wrong := (*yaml.TypeError)(nil); errors.As(err, &wrong) && len(wrong.Errors) > 0 {
		p.Message = "yaml: " + wrong.Errors[0]
	}
	if found := yamlErrorRE.FindStringSubmatch(strings.SplitN(p.Message, "\n", 2)[0]); found != nil {
		p.Message = "this is not YAML: " + found[2]
		if line, err := strconv.Atoi(found[1]); err == nil {
			p.Line = c.line + line
		}
	}
	number := 0
	for line := range strings.Lines(c.text) {
		number++
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if at := strings.IndexByte(indent, '\t'); at >= 0 {
			p.Line, p.Column = c.line+number, at+1
			p.Hint = "YAML is indented with spaces, not with tabs"
			return p
		}
	}
	p.Hint = syntaxHint(p.Message)
	return p
}

func syntaxHint(message string) string {
	switch {
	case strings.Contains(message, "excessive aliasing"):
		return "aliases (*name) multiply what they stand for: write less of it, or write it out"
	case strings.Contains(message, "control characters"):
		return "save the file as text in UTF-8, without NUL or other control characters"
	}
	return "look at the indentation and the colons of this line and the one before it"
}
