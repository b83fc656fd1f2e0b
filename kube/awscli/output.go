package awscli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// writer writes a document; title is the name of the operation.
type writer func(to io.Writer, title string, d *document) error

// writerFor finds the writer of an output format.
func writerFor(format string) (writer, error) {
	switch format {
	case "json":
		return writeJSON, nil
	case "text":
		return writeText, nil
	case "table":
		return writeTable, nil
	case "off":
		return func(io.Writer, string, *document) error { return nil }, nil
	}
	return nil, wrongUsage("argument --output: Found invalid choice '%s'", format)
}

// writeJSON writes JSON with four blanks a level, members in the order of the API.
func writeJSON(to io.Writer, _ string, d *document) error {
	var b bytes.Buffer
	d.json(&b, d.value, "\n")
	b.WriteByte('\n')
	_, err := b.WriteTo(to)
	return err
}

// json writes a value; line is what begins a new line at its level.
func (d *document) json(b *bytes.Buffer, value any, line string) {
	inner := line + "    "
	switch v := value.(type) {
	case map[string]any:
		d.block(b, "{", "}", line, len(v), func(i int) {
			name := d.keys(v)[i]
			b.WriteString(inner + quoted(name) + ": ")
			d.json(b, v[name], inner)
		})
	case []any:
		d.block(b, "[", "]", line, len(v), func(i int) {
			b.WriteString(inner)
			d.json(b, v[i], inner)
		})
	case string:
		b.WriteString(quoted(v))
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString(scalar(v))
	}
}

// block writes n members between brackets.
func (d *document) block(b *bytes.Buffer, begin, end, line string, n int, member func(int)) {
	b.WriteString(begin)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		member(i)
	}
	if n > 0 {
		b.WriteString(line)
	}
	b.WriteString(end)
}

// quoted is a text in JSON, with letters of all scripts as they are.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text can always be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// scalar is a value as text and table show it.
func scalar(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// writeText writes lines of values with tabs between them.
func writeText(to io.Writer, _ string, d *document) error {
	var b bytes.Buffer
	textValue(&b, d.value, "", nil)
	_, err := b.WriteTo(to)
	return err
}

// textValue writes a value under the name of the member that it is, "" for none. columns are the scalar members that
// all maps of a list show, nil for a map by itself.
func textValue(b *bytes.Buffer, value any, name string, columns []string) {
	switch v := value.(type) {
	case map[string]any:
		textMap(b, v, name, columns)
	case []any:
		textList(b, v, name)
	default:
		b.WriteString(scalar(v) + "\n")
	}
}

func textMap(b *bytes.Buffer, v map[string]any, name string, columns []string) {
	scalars, others := split(v)
	if columns == nil {
		columns = scalars
	}
	var cells []string
	for _, column := range columns {
		cell, there := v[column]
		if !there {
			cell = ""
		}
		cells = append(cells, scalar(cell))
	}
	if len(cells) > 0 {
		if name != "" {
			cells = slices.Insert(cells, 0, strings.ToUpper(name))
		}
		b.WriteString(strings.Join(cells, "\t") + "\n")
	}
	for _, other := range others {
		textValue(b, v[other], other, nil)
	}
}

func textList(b *bytes.Buffer, list []any, name string) {
	if slices.ContainsFunc(list, func(v any) bool { _, ok := v.(map[string]any); return ok }) {
		columns := columnsOf(list)
		for _, v := range list {
			textValue(b, v, name, columns)
		}
		return
	}
	var scalars []string
	for _, v := range list {
		if isScalar(v) {
			scalars = append(scalars, scalar(v))
		}
	}
	switch {
	case name != "":
		for _, text := range scalars {
			b.WriteString(strings.ToUpper(name) + "\t" + text + "\n")
		}
	case len(scalars) > 0:
		b.WriteString(strings.Join(scalars, "\t") + "\n")
	}
	for _, v := range list {
		if !isScalar(v) {
			textValue(b, v, name, nil)
		}
	}
}

// split separates the names of scalar members from those of others, each sorted.
func split(v map[string]any) (scalars, others []string) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if isScalar(v[name]) {
			scalars = append(scalars, name)
		} else {
			others = append(others, name)
		}
	}
	return scalars, others
}

// columnsOf are the names of all scalar members of the maps of a list.
func columnsOf(list []any) []string {
	columns := []string{}
	for _, v := range list {
		members, _ := v.(map[string]any)
		scalars, _ := split(members)
		columns = append(columns, scalars...)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}
