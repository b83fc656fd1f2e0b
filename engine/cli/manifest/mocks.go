package manifest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// APICallResponse is what a test answers instead of a service or the Kubernetes API.
type APICallResponse struct {
	URL      string `json:"url"`
	URLPath  string `json:"urlPath"`
	Method   string `json:"method"`
	Response struct {
		StatusCode int                  `json:"statusCode"`
		Body       runtime.RawExtension `json:"body"`
	} `json:"response"`
}

// GlobalContext is the data that a test gives a global context entry.
type GlobalContext struct {
	Name          string                 `json:"name"`
	Data          *runtime.RawExtension  `json:"data"`
	Resources     []runtime.RawExtension `json:"resources"`
	ResourceFiles []string               `json:"resourceFiles"`
	FieldPath     string                 `json:"fieldPath"`
	Projections   []Projection           `json:"projections"`
}

// Projection is a named part of a global context entry.
type Projection struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Target returns the URL or path that the answer is for.
func (r *APICallResponse) Target() string {
	if u := strings.TrimSpace(r.URL); u != "" {
		return u
	}
	return strings.TrimSpace(r.URLPath)
}

// Key is under what the answer is found: the target, behind its method when it has one.
func (r *APICallResponse) Key() string {
	if method := strings.ToUpper(strings.TrimSpace(r.Method)); method != "" {
		return method + ":" + r.Target()
	}
	return r.Target()
}

// CheckAPICallResponses says what is wrong with the answers of a test.
func CheckAPICallResponses(responses []APICallResponse) error {
	seen := map[string]bool{}
	for i := range responses {
		r := &responses[i]
		if err := r.check(); err != nil {
			return fmt.Errorf("apiCallResponses[%d]%w", i, err)
		}
		if seen[r.Key()] {
			return fmt.Errorf("apiCallResponses: duplicate entry for %q (key %q) — each method+url combination must be unique", r.Target(), r.Key())
		}
		seen[r.Key()] = true
	}
	return nil
}

func (r *APICallResponse) check() error {
	u, p := strings.TrimSpace(r.URL), strings.TrimSpace(r.URLPath)
	switch method := strings.ToUpper(strings.TrimSpace(r.Method)); {
	case u == "" && p == "":
		return fmt.Errorf(": either url or urlPath is required")
	case u != "" && p != "":
		return fmt.Errorf(": url and urlPath are mutually exclusive")
	case u != "":
		if err := checkURL(u); err != nil {
			return err
		}
	case !strings.HasPrefix(p, "/"):
		return fmt.Errorf(": urlPath %q must be an absolute path starting with '/'", p)
	case method != "" && method != "GET" && method != "POST":
		return fmt.Errorf(": method must be GET or POST")
	}
	if m := strings.ToUpper(strings.TrimSpace(r.Method)); m != "" && m != "GET" && m != "POST" {
		return fmt.Errorf(": method must be GET or POST")
	}
	if empty(r.Response.Body.Raw) {
		return fmt.Errorf(" %q: response.body is required", r.Target())
	}
	if err := checkObject(r.Response.Body.Raw); err != nil {
		return fmt.Errorf(" %q: response.body must be %w", r.Target(), err)
	}
	if code := r.Response.StatusCode; code != 0 && (code < 100 || code > 599) {
		return fmt.Errorf(" %q: statusCode %d must be between 100 and 599", r.Target(), code)
	}
	return nil
}

func checkURL(text string) error {
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf(": url %q is not a valid URL: %w", text, err)
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return fmt.Errorf(": url %q must be an absolute https/http URL", text)
	case parsed.Hostname() == "":
		return fmt.Errorf(": url %q has scheme but no host", text)
	}
	return nil
}

func empty(raw []byte) bool {
	text := strings.TrimSpace(string(raw))
	return text == "" || text == "null"
}

// checkObject says why raw is not a JSON object.
func checkObject(raw []byte) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return fmt.Errorf("valid JSON: %w", err)
	}
	if _, ok := value.(map[string]any); !ok {
		return fmt.Errorf("a JSON object")
	}
	return nil
}

// CheckGlobalContext says what is wrong with the global context entries of a test.
func CheckGlobalContext(entries []GlobalContext) error {
	seen := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		name := strings.TrimSpace(e.Name)
		switch {
		case name == "":
			return fmt.Errorf("globalContextEntries: name is required")
		case seen[name]:
			return fmt.Errorf("globalContextEntries: duplicate name %q", name)
		}
		seen[name] = true
		if err := e.check(); err != nil {
			return fmt.Errorf("globalContextEntries entry %q%w", e.Name, err)
		}
	}
	return nil
}

func (e *GlobalContext) check() error {
	for _, p := range e.Projections {
		if strings.TrimSpace(p.Name) == "" {
			return fmt.Errorf(": projection name is required")
		}
		if strings.TrimSpace(p.Path) == "" {
			return fmt.Errorf(" projection %q: path is required", p.Name)
		}
	}
	hasData := e.Data != nil && !empty(e.Data.Raw)
	sources := 0
	for _, has := range []bool{hasData, e.Resources != nil, e.ResourceFiles != nil} {
		if has {
			sources++
		}
	}
	switch {
	case sources > 1:
		return fmt.Errorf(": data, resources, and resourceFiles are mutually exclusive")
	case sources == 0:
		return fmt.Errorf(": one of data, resources, or resourceFiles is required")
	case hasData:
		if err := checkObject(e.Data.Raw); err != nil {
			return fmt.Errorf(": data must be %w", err)
		}
	}
	return e.checkResources()
}

func (e *GlobalContext) checkResources() error {
	for i, r := range e.Resources {
		if err := checkObject(r.Raw); err != nil {
			return fmt.Errorf(" resources[%d]: must be %w", i, err)
		}
	}
	for i, file := range e.ResourceFiles {
		file = strings.TrimSpace(file)
		clean := filepath.ToSlash(filepath.Clean(file))
		switch {
		case file == "":
			return fmt.Errorf(" resourceFiles[%d]: file path must not be empty", i)
		case filepath.IsAbs(file):
			return fmt.Errorf(" resourceFiles[%d]: file path must not be absolute", i)
		case clean == ".." || strings.HasPrefix(clean, "../"):
			return fmt.Errorf(" resourceFiles[%d]: file path must not escape the test directory", i)
		}
	}
	return nil
}
