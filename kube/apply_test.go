package kube

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct{ name, in, want, err string }{
		{name: "documents", in: "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n", want: "a b"},
		{name: "JSON", in: `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}`, want: "a"},
		{name: "empty", in: "# nothing\n", want: ""},
		{name: "tab", in: "apiVersion: v1\nkind:\tNamespace\nmetadata:\n\tname: a\n", err: "document 1"},
		{name: "no kind", in: "apiVersion: v1\nmetadata: {name: a}\n", err: "document 1"},
		{name: "no name", in: "apiVersion: v1\nkind: Namespace\n---\n", err: "document 1: it has no"},
		{name: "second", in: "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\nx\n", err: "document 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			objects, err := Decode([]byte(test.in))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, object := range objects {
				names = append(names, object.GetName())
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
