package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var urlRE = regexp.MustCompile("^(http|https)://")

// IsURL says whether a name on the command line is to be fetched instead of opened.
func IsURL(name string) bool { return urlRE.MatchString(name) }

// Source is where files come from.
type Source struct {
	Stdin io.Reader
	// Fetch gets what a URL leads to; nil refuses.
	Fetch func(url string) ([]byte, error)
	// Schema says what is wrong with a policy or an exception by its definition, and sets that one's defaults; nil accepts
	// everything.
	Schema func(object *unstructured.Unstructured) error
}

// Read returns the content of a file or URL.
func (s *Source) Read(name string) ([]byte, error) {
	if !IsURL(name) {
		return os.ReadFile(filepath.Clean(name))
	}
	if s.Fetch == nil {
		return nil, fmt.Errorf("get %q: there is no network here", name)
	}
	return s.Fetch(name)
}

// readStdin reads standard input, which must not be a terminal.
func (s *Source) readStdin() ([]byte, error) {
	if s.Stdin == nil {
		return nil, errors.New("there is no standard input")
	}
	data, err := io.ReadAll(s.Stdin)
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		data = append(data, '\n')
	}
	return data, err
}

// isStdin says whether a name means standard input, which it does only when that is no terminal.
func (s *Source) isStdin(name string) bool {
	if name != "-" || s.Stdin == nil {
		return false
	}
	file, ok := s.Stdin.(*os.File)
	if !ok {
		return true
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice == 0
}

// Resources reads resources from files or, when the first name is a folder, from the YAML files in it; "-" is standard
// input. A file that cannot be opened is reported to out and passed over; quiet does not report it.
func (s *Source) Resources(out io.Writer, names []string, quiet bool) ([]*unstructured.Unstructured, error) {
	if len(names) == 0 {
		return nil, nil
	}
	if names[0] == "-" {
		if !s.isStdin("-") {
			return nil, nil
		}
		data, err := s.readStdin()
		if err != nil {
			return nil, err
		}
		resources, err := Resources("-", data)
		if err != nil {
			return nil, fmt.Errorf("failed to extract the resources (%w)", err)
		}
		return resources, nil
	}
	names, err := expandFolder(names)
	if err != nil {
		return nil, err
	}
	var resources []*unstructured.Unstructured
	for _, name := range names {
		data, err := s.Read(name)
		if err != nil {
			if !quiet {
				fmt.Fprintf(out, "\n%[1]s\nfailed to load resources: %[2]s. \nerror: %[3]s\n%[1]s\n", rule, name, err)
			}
			continue
		}
		more, err := Resources(name, data)
		if err != nil {
			return nil, err
		}
		resources = append(resources, more...)
	}
	return resources, nil
}

// rule sets messages apart in the output.
const rule = "----------------------------------------------------------------------"

// expandFolder replaces the names by the YAML files of the first one when that is a folder. The others are dropped then,
// as the Kyverno CLI does.
func expandFolder(names []string) ([]string, error) {
	info, err := os.Stat(names[0])
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return names, nil
	}
	entries, err := os.ReadDir(names[0])
	if err != nil {
		return nil, fmt.Errorf("failed to parse %v (%w)", names[0], err)
	}
	var found []string
	for _, entry := range entries {
		if isYAML(entry.Name()) {
			found = append(found, filepath.Join(names[0], entry.Name()))
		}
	}
	return found, nil
}

func isYAML(name string) bool {
	extension := filepath.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}
