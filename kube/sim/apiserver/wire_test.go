package apiserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestWire sends the requests of each file under testdata/wire to a new cluster and compares the answers with the
// file's part "want". Requests are separated by empty lines:
//
//	# a note, which is repeated above the answer
//	METHOD PATH [Header=value …]
//	the body, any number of lines
//	? a jq filter of the answer
//	= name a jq filter, whose text ${name} stands for in later requests
//
// A content type is written by its short name (Content-Type=merge). WATCH=n reads n events of a watch and leaves.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := wire{t: t, cluster: newCluster(t), names: map[string]string{}}
			got := w.conversation(string(archive.Comment))
			if *update {
				archive.Files = []txtar.File{{Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(archive.Files) != 1 {
				t.Fatalf("%d parts, want one", len(archive.Files))
			}
			if diff := cmp.Diff(string(archive.Files[0].Data), got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// wire talks to a server without a client library.
type wire struct {
	t       *testing.T
	cluster *cluster
	names   map[string]string
}

// contentType spells out the short name of the type of a body.
func contentType(short string) string {
	switch short {
	case "yaml":
		return "application/yaml"
	case "json-patch", "merge-patch", "strategic-merge-patch":
		return "application/" + short + "+json"
	case "apply":
		return "application/apply-patch+yaml"
	case "":
		return "application/json"
	}
	return short
}

// wireRequest is one request of a conversation, as it is written.
type wireRequest struct {
	notes, body  []string
	method, path string
	header       map[string]string
	filter       string
	captures     [][2]string // a name and the filter of its value
}

var placeholder = regexp.MustCompile(`\$\{[a-z]+\}`)

func (w *wire) parse(block string) wireRequest {
	w.t.Helper()
	block = placeholder.ReplaceAllStringFunc(block, func(s string) string { return w.names[s[2:len(s)-1]] })
	r := wireRequest{header: map[string]string{}}
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
			r.notes = append(r.notes, line)
		case strings.HasPrefix(line, "? "):
			r.filter = line[2:]
		case strings.HasPrefix(line, "= "):
			name, value, _ := strings.Cut(line[2:], " ")
			r.captures = append(r.captures, [2]string{name, value})
		case r.method == "":
			words := strings.Fields(line)
			r.method, r.path = words[0], words[1]
			for _, word := range words[2:] {
				key, value, _ := strings.Cut(word, "=")
				r.header[key] = value
			}
		default:
			r.body = append(r.body, line)
		}
	}
	return r
}

func (w *wire) conversation(text string) string {
	w.t.Helper()
	var out strings.Builder
	for _, block := range strings.Split(text, "\n\n") {
		r := w.parse(strings.Trim(block, "\n"))
		for _, note := range r.notes {
			out.WriteString(note + "\n")
		}
		if r.method != "" {
			path, _, _ := strings.Cut(r.path, "&continue=") // a token is nobody's business
			fmt.Fprintf(&out, "%s %s\n%s\n", r.method, path, w.answer(r))
		}
	}
	return out.String()
}

// answer sends a request and describes what comes back: code, warnings, and the filtered body.
func (w *wire) answer(r wireRequest) string {
	w.t.Helper()
	response, body := w.send(r)
	out := strconv.Itoa(response.StatusCode) + "\n"
	for _, warning := range response.Header.Values("Warning") {
		out += "Warning: " + warning + "\n"
	}
	var decoded any
	if err := json.Unmarshal(body, &decoded); err != nil {
		return out + string(bytes.TrimRight(body, "\n")) + "\n"
	}
	for _, capture := range r.captures {
		w.names[capture[0]] = strings.Trim(w.jq(capture[1], decoded), "\"\n")
	}
	switch {
	case r.filter != "":
	case response.StatusCode >= 400:
		r.filter = "{reason, message} + if .details.causes then {causes: .details.causes} else {} end"
	default:
		r.filter = "empty"
	}
	return out + w.jq(r.filter, decoded)
}

func (w *wire) send(r wireRequest) (*http.Response, []byte) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	request := httptest.NewRequest(r.method, r.path, strings.NewReader(strings.Join(r.body, "\n"))).WithContext(ctx)
	request.Header.Set("Authorization", "Bearer secret")
	for key, value := range r.header {
		request.Header.Set(key, value)
	}
	request.Header.Set("Content-Type", contentType(r.header["Content-Type"]))
	if r.header["WATCH"] != "" {
		return w.watch(request, r.header["WATCH"], cancel)
	}
	recorder := httptest.NewRecorder()
	w.cluster.ServeHTTP(recorder, request)
	return recorder.Result(), recorder.Body.Bytes()
}

// watch reads events until there are as many as asked for, and returns them as a JSON array.
func (w *wire) watch(request *http.Request, count string, leave context.CancelFunc) (*http.Response, []byte) {
	w.t.Helper()
	n, err := strconv.Atoi(count)
	if err != nil {
		w.t.Fatal(err)
	}
	reader, writer := io.Pipe()
	stream := &streamed{ResponseRecorder: httptest.NewRecorder(), pipe: writer}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.cluster.ServeHTTP(stream, request)
		writer.Close()
	}()
	var events []json.RawMessage
	decoder := json.NewDecoder(reader)
	for len(events) < n {
		var event json.RawMessage
		if err := decoder.Decode(&event); err != nil {
			break
		}
		events = append(events, event)
	}
	leave()
	reader.Close()
	<-done
	body, err := json.Marshal(events)
	if err != nil {
		w.t.Fatal(err)
	}
	return stream.Result(), body
}

// streamed is a recorder whose body can be read while it is written.
type streamed struct {
	*httptest.ResponseRecorder
	pipe *io.PipeWriter
}

func (s *streamed) Write(data []byte) (int, error) { return s.pipe.Write(data) }

// jq prints the results of a filter, one a line, as compact JSON with sorted keys.
func (w *wire) jq(filter string, value any) string {
	w.t.Helper()
	query, err := gojq.Parse(filter)
	if err != nil {
		w.t.Fatalf("parse filter %q: %v", filter, err)
	}
	var out strings.Builder
	for results := query.Run(value); ; {
		result, ok := results.Next()
		if !ok {
			return out.String()
		}
		if err, ok := result.(error); ok {
			w.t.Fatalf("%s: %v in %v", filter, err, value)
		}
		text, err := gojq.Marshal(result)
		if err != nil {
			w.t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
}
