package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"podsec/engine/document"
)

// Kubectl runs kubectl in a folder and returns what it prints.
type Kubectl func(ctx context.Context, folder string, args ...string) ([]byte, error)

// WithKubectl gives the cluster a kubectl, to ask it what a command would send. It returns the cluster.
func (c *Cluster) WithKubectl(run Kubectl) *Cluster {
	c.kubectl = run
	return c
}

// Why nothing can be said about a command line.
var (
	errOnlyAsks    = errors.New("the command only asks or deletes: no object is sent that something could be decided about")
	errSubresource = errors.New("the command changes a subresource (kubectl scale: deployments/scale, kubectl debug: pods/ephemeralcontainers): the objects themselves are not sent")
	errNothingSent = errors.New("no object can be seen that the command sends: kubectl's files, here-documents and flags are looked into")
)

// sent are the objects that the calls of kubectl in a question's command send.
func (c *Cluster) sent(ctx context.Context, q Question) ([]subject, error) {
	line := lineIn(q.Folder)
	if err := line.read(q.Command); err != nil {
		return nil, fmt.Errorf("read the command: %w", err)
	}
	calls := line.calls
	var out []subject
	for _, call := range calls {
		found, err := c.sentBy(ctx, call, q)
		if err != nil {
			return nil, err
		}
		placed, err := c.placed(found, call.value("-n", "--namespace"))
		if err != nil {
			return nil, err
		}
		out = append(out, placed...)
	}
	switch {
	case len(out) > 0:
		return out, nil
	case slices.ContainsFunc(calls, func(c call) bool { return c.verb() == "scale" || c.verb() == "debug" }):
		return nil, errSubresource
	case line.unset != "":
		return nil, fmt.Errorf("the command uses $%s, and nothing in it says what that is", line.unset)
	case len(calls) > 0 && !slices.ContainsFunc(calls, call.sends):
		return nil, errOnlyAsks
	}
	return nil, errNothingSent
}

// sentBy are the objects that one call sends: those of its files, or what kubectl says that it would send.
func (c *Cluster) sentBy(ctx context.Context, call call, q Question) ([]*document.Document, error) {
	if names, ok := call.restarts(); ok {
		return c.restarted(ctx, names, call.value("-n", "--namespace"), q.Printed)
	}
	if !call.sends() {
		return nil, nil
	}
	var out []*document.Document
	files := call.values("-f", "--filename")
	for _, file := range files {
		found, err := call.read(file, q.Folder)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if len(files) > 0 && slices.Contains([]string{"apply", "create", "replace"}, call.verb()) {
		return out, nil
	}
	if c.kubectl == nil {
		return nil, errNothingSent
	}
	printed, err := c.kubectl(ctx, q.Folder, call.dry()...)
	if err != nil {
		return nil, fmt.Errorf("ask kubectl what it would send: %w", err)
	}
	return document.Parse("", separated(printed))
}

// separated puts the separators between objects that kubectl leaves out when it labels several of them. It prints the keys
// of an object in their order: another object begins where they do not go on in it.
func separated(printed []byte) []byte {
	var out bytes.Buffer
	last := ""
	for line := range bytes.Lines(printed) {
		if key, _, is := bytes.Cut(line, []byte(":")); is && unicode.IsLetter(rune(line[0])) {
			if string(key) <= last {
				out.WriteString("---\n") // an empty document, where there is a separator already, is left out
			}
			last = string(key)
		}
		out.Write(line)
	}
	return out.Bytes()
}

// sends says whether the call makes or changes objects.
func (c call) sends() bool {
	verbs := []string{"apply", "create", "replace", "run", "label", "annotate", "patch", "set", "expose"}
	return slices.Contains(verbs, c.verb())
}

// verb is the first word that is no flag, nor the value of one that may stand before it.
func (c call) verb() string {
	for i, arg := range c.args {
		if !strings.HasPrefix(arg, "-") && (i == 0 || c.args[i-1] != "-n" && c.args[i-1] != "--namespace") {
			return arg
		}
	}
	return ""
}

// values are the values of a flag in its short and its long form.
func (c call) values(short, long string) []string {
	var out []string
	for i, arg := range c.args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case (name == short || name == long) && joined:
			out = append(out, value)
		case (arg == short || arg == long) && i+1 < len(c.args):
			out = append(out, c.args[i+1])
		case strings.HasPrefix(arg, short) && !strings.HasPrefix(arg, "--") && len(arg) > len(short) && !joined:
			out = append(out, strings.TrimPrefix(arg, short))
		}
	}
	return out
}

func (c call) value(short, long string) string {
	if found := c.values(short, long); len(found) > 0 {
		return found[len(found)-1]
	}
	return ""
}

// dry are the call's arguments so that kubectl prints what it would send, and sends nothing.
func (c call) dry() []string {
	var out []string
	skip := false
	for _, arg := range c.args {
		name, _, joined := strings.Cut(arg, "=")
		switch {
		case skip:
			skip = false
		case name == "-o" || name == "--output":
			skip = !joined
		case name == "--dry-run":
		default:
			out = append(out, arg)
		}
	}
	at := len(out)
	if i := slices.Index(out, "--"); i >= 0 {
		at = i
	}
	return slices.Insert(out, at, "--dry-run=client", "-o", "yaml")
}

// read reads a file of the call: "-" is its here-document, a folder all manifests in it.
func (c call) read(name, folder string) ([]*document.Document, error) {
	if name == "-" {
		return document.Parse("", []byte(c.stdin))
	}
	if strings.Contains(name, "://") {
		return nil, fmt.Errorf("read %s: only files are looked into", name)
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, name)
	}
	names := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(path, "*.y*ml")); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	const largest = 64 << 20
	var out []*document.Document
	for _, file := range names {
		data, err := readRegular(file, largest)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		found, err := document.Parse(filepath.Base(file), data)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}
