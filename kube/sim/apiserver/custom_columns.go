package apiserver

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/util/jsonpath"
)

// columnPrinter prints additionalPrinterColumns, as k8s.io/apiextensions-apiserver's tableconvertor does but on the
// cluster's clock. The JSONPath evaluators keep state, hence the lock.
type columnPrinter struct {
	headers []metav1.TableColumnDefinition // the name's first

	mu    sync.Mutex
	paths []*jsonpath.JSONPath
}

// newColumnPrinter returns a printer for a version's columns; without any there is the age.
func newColumnPrinter(columns []apiextensionsv1.CustomResourceColumnDefinition) (*columnPrinter, error) {
	docs := metav1.ObjectMeta{}.SwaggerDoc()
	if len(columns) == 0 {
		columns = []apiextensionsv1.CustomResourceColumnDefinition{{
			Name: "Age", Type: "date", JSONPath: ".metadata.creationTimestamp", Description: docs["creationTimestamp"],
		}}
	}
	p := &columnPrinter{headers: []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name", Description: docs["name"]}}}
	for _, c := range columns {
		path := jsonpath.New(c.Name).AllowMissingKeys(true)
		if err := path.Parse("{" + c.JSONPath + "}"); err != nil {
			return nil, fmt.Errorf("parse column %q: %w", c.JSONPath, err)
		}
		description := c.Description
		if description == "" {
			description = "Custom resource definition column (in JSONPath format): " + c.JSONPath
		}
		p.paths = append(p.paths, path)
		p.headers = append(p.headers, metav1.TableColumnDefinition{
			Name: c.Name, Type: c.Type, Format: c.Format, Description: description, Priority: c.Priority,
		})
	}
	return p, nil
}

// row returns the cells of an object; what is not there or has another type is nil.
func (p *columnPrinter) row(obj *unstructured.Unstructured, now time.Time) []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	cells := []any{obj.GetName()}
	for i, path := range p.paths {
		cells = append(cells, cell(path, p.headers[i+1].Type, obj.Object, now))
	}
	return cells
}

func cell(path *jsonpath.JSONPath, kind string, content map[string]any, now time.Time) any {
	results, err := path.FindResults(content)
	if err != nil || len(results) == 0 || len(results[0]) == 0 {
		return nil
	}
	value := results[0][0].Interface()
	if kind != "string" {
		return scalarCell(kind, value, now)
	}
	var text bytes.Buffer
	if path.PrintResults(&text, []reflect.Value{reflect.ValueOf(value)}) != nil {
		return nil
	}
	return text.String()
}

func scalarCell(kind string, value any, now time.Time) any {
	switch v := value.(type) {
	case int64:
		switch kind {
		case "integer":
			return v
		case "number":
			return float64(v)
		}
	case float64:
		switch kind {
		case "integer":
			return int64(v)
		case "number":
			return v
		}
	case bool:
		if kind == "boolean" {
			return v
		}
	case string:
		if kind == "date" {
			return age(v, now)
		}
	}
	return nil
}

// age shows a time as how long ago it was.
func age(text string, now time.Time) string {
	var at metav1.Time
	if err := at.UnmarshalQueryParameter(text); err != nil {
		return "<invalid>"
	}
	if at.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(at.Time))
}
