package kinds

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// What kubectl prints for an empty cell and for a time it does not know.
const (
	none    = "<none>"
	unset   = "<unset>"
	unknown = "<unknown>"
)

// column describes a string column that kubectl shows by default.
func column(name, description string) metav1.TableColumnDefinition {
	return metav1.TableColumnDefinition{Name: name, Type: "string", Description: description}
}

// number describes an integer column.
func number(name, description string) metav1.TableColumnDefinition {
	return metav1.TableColumnDefinition{Name: name, Type: "integer", Description: description}
}

// wide marks a column that only -o wide shows.
func wide(c metav1.TableColumnDefinition) metav1.TableColumnDefinition {
	c.Priority = 1
	return c
}

func nameColumn() metav1.TableColumnDefinition {
	return metav1.TableColumnDefinition{Name: "Name", Type: "string", Format: "name", Description: metaDoc("name")}
}

func ageColumn() metav1.TableColumnDefinition { return column("Age", metaDoc("creationTimestamp")) }

// metaDoc is the API's own description of a metadata field, which a server repeats in its tables.
func metaDoc(name string) string { return metav1.ObjectMeta{}.SwaggerDoc()[name] }

// columnsOf puts Name first and Age after the default columns, with wide columns last, as most kinds have them.
func columnsOf(cols ...metav1.TableColumnDefinition) []metav1.TableColumnDefinition {
	at := slices.IndexFunc(cols, func(c metav1.TableColumnDefinition) bool { return c.Priority > 0 })
	if at < 0 {
		at = len(cols)
	}
	out := append([]metav1.TableColumnDefinition{nameColumn()}, cols[:at]...)
	return append(append(out, ageColumn()), cols[at:]...)
}

// plainColumns are those of a kind without a printer: a name and the time of creation.
func plainColumns() []metav1.TableColumnDefinition {
	return []metav1.TableColumnDefinition{nameColumn(), column("Created At", metaDoc("creationTimestamp"))}
}

func plainRow(obj runtime.Object, _ time.Time) []any {
	acc, err := meta.Accessor(obj)
	if err != nil {
		return []any{"", ""}
	}
	return []any{acc.GetName(), acc.GetCreationTimestamp().UTC().Format(time.RFC3339)}
}

// age prints how long ago t was, as kubectl's AGE column does.
func age(t metav1.Time, now time.Time) string {
	if t.IsZero() {
		return unknown
	}
	return duration.HumanDuration(now.Sub(t.Time))
}

func ageOf(obj metav1.Object, now time.Time) string { return age(obj.GetCreationTimestamp(), now) }

// selectorText prints a label selector; an absent one selects nothing, an empty one everything.
func selectorText(s *metav1.LabelSelector) string { return metav1.FormatLabelSelector(s) }

func labelsText(set map[string]string) string {
	if len(set) == 0 {
		return none
	}
	return labels.Set(set).String()
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// sortedKeys returns a map's keys in order, so that output and errors never depend on map iteration.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func joinOrNone(items []string) string { return orNone(strings.Join(items, ",")) }

// moreThan joins up to limit items and says how many were left out, as printers do with ports and endpoints.
func moreThan(items []string, limit int) string {
	if len(items) <= limit {
		return joinOrNone(items)
	}
	return fmt.Sprintf("%s + %d more...", strings.Join(items[:limit], ","), len(items)-limit)
}
