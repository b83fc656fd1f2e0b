package controller

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/txtar"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var updateScripts = flag.Bool("update", false, "write what the scripts print into them")

// TestScripts follows the life of workloads as told by the files under testdata/scripts: the first lines of each are
// commands, the part "want" is what they print, the others are manifests. The commands:
//
//	apply FILE            create or replace the objects of a manifest
//	patch KINDS NAME JSON change an object by a merge patch
//	status KINDS NAME JSON the same of its status
//	delete KINDS NAME [POLICY]
//	get KINDS             print the default columns of all objects of a kind in the namespace
//	show KINDS NAME JQ    print a part of an object
//	events                print the events since the last time
//	step DURATION         move the clock
//	deny WORD             refuse pods that contain the word from now on
//
// After each command the controllers have done what they can. The suffixes of random names print as "?".
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := newScript(t, archive)
			got := s.run(string(archive.Comment))
			want := len(archive.Files) - 1
			if archive.Files[want].Name != "want" {
				t.Fatal(`the last part is not "want"`)
			}
			if *updateScripts {
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// script is a cluster under commands.
type script struct {
	*cluster
	guard *guard
	files map[string]string
	told  int // events printed so far
}

func newScript(t *testing.T, archive *txtar.Archive) *script {
	g := newGuard("nothing is denied")
	s := &script{cluster: newCluster(t, g), guard: g, files: map[string]string{}}
	for _, file := range archive.Files {
		s.files[file.Name] = string(file.Data)
	}
	s.told = len(s.events())
	return s
}

// random finds what a name ends in when the API server or a controller made it up.
var random = regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5}\b`)

func (s *script) run(commands string) string {
	var out strings.Builder
	for line := range strings.Lines(commands) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '#':
			out.WriteString(line + "\n")
		default:
			fmt.Fprintf(&out, "> %s\n", line)
			if printed := s.command(line); printed != "" {
				out.WriteString(random.ReplaceAllString(printed, "-?") + "\n")
			}
		}
	}
	return out.String()
}

func (s *script) command(line string) string {
	s.t.Helper()
	words := strings.SplitN(line, " ", 4)
	switch words[0] {
	case "apply":
		s.apply(s.files[words[1]])
	case "patch":
		s.change(words[1], words[2], words[3], "")
	case "status":
		s.change(words[1], words[2], words[3], "status")
	case "delete":
		policy := metav1.DeletePropagationBackground
		if len(words) > 3 {
			policy = metav1.DeletionPropagation(words[3])
		}
		s.delete(s.kind(words[1]), words[2], policy)
	case "get":
		return s.table(s.kind(words[1]))
	case "show":
		return s.show(words[1], words[2], words[3])
	case "events":
		all := s.events()
		news := all[s.told:]
		s.told = len(all)
		return strings.Join(news, "\n")
	case "step":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.step(d)
	case "deny":
		word := strings.Join(words[1:], " ")
		s.guard.word.Store(&word)
		s.settle()
	default:
		s.t.Fatalf("unknown command %q", line)
	}
	return ""
}

// kind finds a resource by its plural name.
func (s *script) kind(plural string) resource {
	s.t.Helper()
	for _, k := range s.kinds {
		if k.Plural == plural && k.GVK.Group != "events.k8s.io" {
			return k.GVR()
		}
	}
	s.t.Fatalf("no kind %q", plural)
	return resource{}
}

func (s *script) object(plural, name string) *unstructured.Unstructured {
	s.t.Helper()
	for _, namespace := range []string{"shop", ""} {
		u, err := s.client.Get(context.Background(), s.kind(plural), namespace, name)
		if err == nil {
			return u
		}
	}
	s.t.Fatalf("%s %q not found", plural, name)
	return nil
}

func (s *script) change(plural, name, patch, subresource string) {
	s.t.Helper()
	old, err := s.object(plural, name).MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	patched, err := jsonpatch.MergePatch(old, []byte(patch))
	if err != nil {
		s.t.Fatal(err)
	}
	next := &unstructured.Unstructured{}
	if err := next.UnmarshalJSON(patched); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.client.Update(context.Background(), s.kind(plural), next, subresource); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
}

func (s *script) show(plural, name, filter string) string {
	s.t.Helper()
	query, err := gojq.Parse(filter)
	if err != nil {
		s.t.Fatalf("parse filter %q: %v", filter, err)
	}
	text, err := s.object(plural, name).MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for results := query.Run(value); ; {
		result, ok := results.Next()
		if !ok {
			return strings.Join(lines, "\n")
		}
		if err, ok := result.(error); ok {
			s.t.Fatalf("%s: %v", filter, err)
		}
		line, err := gojq.Marshal(result)
		if err != nil {
			s.t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
}
