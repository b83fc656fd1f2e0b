// Command generate writes the data of package assets/kyverno from the Kyverno module that go.mod names.
//
// The module carries the chart as its maintainers render it (config/install-latest-testing.yaml). Three things in it
// differ from what `helm install` creates, and are set right here: the image tags, the labels that only Helm adds, and
// the Namespace, which Helm makes itself. Parsing 5 MB of YAML takes a second, so the result is JSON.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// module is where the chart is taken from.
const module = "github.com/kyverno/kyverno"

func main() {
	out := flag.String("o", "chart", "the `folder` to write, replaced as a whole")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	source, err := findModule()
	if err != nil {
		return err
	}
	rendered, err := os.ReadFile(filepath.Join(source.dir, "config", "install-latest-testing.yaml"))
	if err != nil {
		return fmt.Errorf("read the rendered chart: %w", err)
	}
	files, err := Files(rendered, source.release)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("clear %s: %w", out, err)
	}
	for name, data := range files {
		if err := write(filepath.Join(out, name), data); err != nil {
			return err
		}
	}
	return nil
}

// source is the module on disk.
type source struct {
	dir     string
	release Release
}

// findModule asks go where the module is and which version it has (go downloads it when needed), and the chart in it
// for its own version.
func findModule() (source, error) {
	listed, err := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", module).Output()
	if err != nil {
		return source{}, fmt.Errorf("find the module %s: %w", module, err)
	}
	app, dir, _ := strings.Cut(strings.TrimSpace(string(listed)), " ")
	data, err := os.ReadFile(filepath.Join(dir, "charts", "kyverno", "Chart.yaml"))
	if err != nil {
		return source{}, fmt.Errorf("read the chart's version: %w", err)
	}
	var chart struct{ Version string }
	if err := yaml.Unmarshal(data, &chart); err != nil {
		return source{}, fmt.Errorf("read the chart's version: %w", err)
	}
	return source{dir: dir, release: Release{App: app, Chart: chart.Version}}, nil
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
