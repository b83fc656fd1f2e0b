package awscli

import (
	"bytes"
	"io"
	"slices"
)

// writeTable draws a table as the AWS CLI does.
func writeTable(to io.Writer, title string, d *document) error {
	t := &table{sections: []*section{{}}}
	if !t.build(title, d.value, 0) {
		return nil
	}
	var b bytes.Buffer
	t.render(&b)
	_, err := b.WriteTo(to)
	return err
}

type table struct{ sections []*section }

func (t *table) last() *section { return t.sections[len(t.sections)-1] }

// build lays a value out in sections; it returns whether there is anything to show.
func (t *table) build(title string, value any, indent int) bool {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return false
		}
		t.begin(title, indent)
		t.single(v, indent)
	case []any:
		if len(v) == 0 {
			return false
		}
		t.begin(title, indent)
		t.several(v, title, indent)
	case nil:
		return false
	default:
		t.begin(title, indent)
	}
	return true
}

func (t *table) begin(title string, indent int) {
	if title != "" {
		t.sections = append(t.sections, &section{title: title, indent: indent})
	}
}

// single lays out a map: its scalars as one row, everything else below.
func (t *table) single(v map[string]any, indent int) {
	scalars, others := split(v)
	switch len(scalars) {
	case 0:
	case 1:
		t.last().rows = append(t.last().rows, []string{scalars[0], scalar(v[scalars[0]])})
	default:
		t.last().headers = scalars
		t.last().rows = append(t.last().rows, cells(v, scalars))
	}
	for _, other := range others {
		t.build(other, v[other], indent+1)
	}
}

// several lays out a list: maps as rows of the same columns, other values one by one.
func (t *table) several(list []any, title string, indent int) {
	if _, maps := list[0].(map[string]any); !maps {
		t.plain(list)
		return
	}
	headers, others := columnsOf(list), othersOf(list)
	t.last().headers = headers
	for i, element := range list {
		v, _ := element.(map[string]any)
		if i > 0 && len(others) > 0 {
			t.begin(title, indent)
			t.last().headers = headers
		}
		t.last().rows = append(t.last().rows, cells(v, headers))
		for _, other := range others {
			if below, there := v[other]; there {
				t.build(other, below, indent+1)
			}
		}
	}
}

func (t *table) plain(list []any) {
	for _, element := range list {
		inner, isList := element.([]any)
		switch {
		case isScalar(element):
			t.last().rows = append(t.last().rows, []string{scalar(element)})
		case isList && !slices.ContainsFunc(inner, func(v any) bool { return !isScalar(v) }):
			row := make([]string, len(inner))
			for i, v := range inner {
				row[i] = scalar(v)
			}
			t.last().rows = append(t.last().rows, row)
		default:
			t.build("", element, 0)
		}
	}
}

func othersOf(list []any) []string {
	var names []string
	for _, element := range list {
		v, _ := element.(map[string]any)
		_, others := split(v)
		names = append(names, others...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func cells(v map[string]any, columns []string) []string {
	row := make([]string, len(columns))
	for i, column := range columns {
		if value, there := v[column]; there {
			row[i] = scalar(value)
		}
	}
	return row
}
