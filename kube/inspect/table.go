package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Table is objects of one kind as kubectl get shows them: the cluster itself says which columns there are.
type Table struct {
	Columns []Column
	Rows    []Row
	// Version is what Follow goes on from.
	Version string
	// More is what Objects takes for the next page, "" when there is none.
	More string
}

// Column is a column of a Table.
type Column struct {
	Name string
	Wide bool // kubectl shows it with -o wide only
}

// Row is an object of a Table.
type Row struct {
	UID             types.UID
	Namespace, Name string
	Cells           []string
	Created         time.Time
}

// How many objects come at once: the first ones are more than a screen shows and there in a moment, however many there are.
const (
	firstPage = 100
	pageSize  = 500
)

// tables asks for Tables whose rows hold the objects' metadata.
const tables = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

// Objects lists the objects of a kind in a namespace, "" for all. more is the More of the page before, "" for the first.
func (c *Cluster) Objects(ctx context.Context, kind Kind, namespace, more string) (Table, error) {
	request := c.raw.Get().AbsPath(kind.path(namespace)).SetHeader("Accept", tables)
	if more == "" {
		request = request.Param("limit", strconv.Itoa(firstPage))
	} else {
		request = request.Param("limit", strconv.Itoa(pageSize)).Param("continue", more)
	}
	data, err := request.Do(ctx).Raw()
	if err != nil {
		return Table{}, fmt.Errorf("list %s: %w", kind.Resource, err)
	}
	return readTable(kind, data)
}

// readTable reads a Table as the API server writes it.
func readTable(kind Kind, data []byte) (Table, error) {
	var wire metav1.Table
	if err := json.Unmarshal(data, &wire); err != nil {
		return Table{}, fmt.Errorf("read %s: %w", kind.Resource, err)
	}
	if wire.Kind != "Table" {
		return Table{}, fmt.Errorf("read %s: the cluster answered with a %s, not with a table", kind.Resource, wire.Kind)
	}
	out := Table{Version: wire.ResourceVersion, More: wire.Continue}
	for _, c := range wire.ColumnDefinitions {
		out.Columns = append(out.Columns, Column{Name: c.Name, Wide: c.Priority > 0})
	}
	for _, r := range wire.Rows {
		row, err := readRow(r)
		if err != nil {
			return Table{}, fmt.Errorf("read %s: %w", kind.Resource, err)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func readRow(wire metav1.TableRow) (Row, error) {
	var object struct {
		Metadata struct {
			UID               types.UID   `json:"uid"`
			Namespace         string      `json:"namespace"`
			Name              string      `json:"name"`
			CreationTimestamp metav1.Time `json:"creationTimestamp"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(wire.Object.Raw, &object); err != nil {
		return Row{}, err
	}
	m := object.Metadata
	row := Row{UID: m.UID, Namespace: m.Namespace, Name: m.Name, Created: m.CreationTimestamp.Time}
	for _, cell := range wire.Cells {
		row.Cells = append(row.Cells, cellText(cell))
	}
	return row, nil
}

// cellText writes a cell as kubectl does.
func cellText(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(cell)
}
