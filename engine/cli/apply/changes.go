package apply

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/process"
)

// changeLog is where --output writes changed and generated resources: a file, or a folder with a file for each.
type changeLog struct {
	path   string
	folder bool
}

// openLog makes the file (emptied if it was there) or the folder; "" is none.
func openLog(path string) (*changeLog, error) {
	if path == "" {
		return nil, nil
	}
	log := &changeLog{path: filepath.Clean(path)}
	if extension := filepath.Ext(path); extension != ".yml" && extension != ".yaml" {
		log.folder = true
		if err := os.MkdirAll(log.path, 0o750); err != nil {
			return nil, fmt.Errorf("failed to create file/folder (failed to create file/folder (failed to create directory (%w)))", err)
		}
		return log, nil
	}
	if err := os.MkdirAll(filepath.Dir(log.path), 0o750); err != nil {
		return nil, fmt.Errorf("failed to create file/folder (failed to create file/folder (failed to create directory (%w)))", err)
	}
	if err := os.WriteFile(log.path, nil, 0o600); err != nil {
		return nil, fmt.Errorf("failed to truncate the existing file at %s (%w)", log.path, err)
	}
	return log, nil
}

// write appends text to the file, or to the one in the folder.
func (l *changeLog) write(name, text string) (err error) {
	path := l.path
	if l.folder {
		path = filepath.Join(l.path, name+".yaml")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	_, err = file.WriteString(text)
	return err
}

// show prints what a response changed or made; the real one prints resources that no rule changed as well.
func (r *runner) show(response *process.Response, resource *unstructured.Unstructured, log *changeLog) error {
	switch response.Type {
	case engine.Mutation:
		if err := r.showObject(response, response.Patched, resource, log, resource.GetName()+"-mutated"); err != nil {
			return fmt.Errorf("failed to print mutated result (%w)", err)
		}
		fmt.Fprint(r.out, "\n\nMutation:\nMutation has been applied successfully.")
	case engine.Generation:
		for _, rule := range response.Rules {
			for _, object := range rule.Generated {
				if err := r.showObject(response, object, resource, log, response.Policy.Name()+"-generated"); err != nil {
					return fmt.Errorf("failed to print generate result (%w)", err)
				}
				fmt.Fprint(r.out, "\n\nGenerate:\nGeneration completed successfully.")
			}
		}
	}
	return nil
}

// showObject prints an object, and the existing resources that the same policy changed.
func (r *runner) showObject(response *process.Response, object, resource *unstructured.Unstructured, log *changeLog, name string) error {
	data, err := yaml.Marshal(object.Object)
	if err != nil {
		return fmt.Errorf("failed to marshal (%w)", err)
	}
	var targets []string
	for _, rule := range response.Rules {
		if rule.Target == nil {
			continue
		}
		text, err := yaml.Marshal(rule.Target.Object)
		if err != nil {
			return fmt.Errorf("failed to marshal (%w)", err)
		}
		targets = append(targets, string(text)+"\n---\n")
	}
	if log != nil {
		return log.write(name, string(data)+"\n---\n\n"+strings.Join(targets, ""))
	}
	if !r.flags.stdin {
		fmt.Fprintf(r.out, "\npolicy %s applied to %s:", response.Policy.Name(), path(resource))
	}
	fmt.Fprintf(r.out, "\n%s\n---\n", data)
	if len(targets) > 0 {
		fmt.Fprint(r.out, "patched targets: \n")
		for _, target := range targets {
			fmt.Fprintf(r.out, "\n%s\n", target)
		}
	}
	return nil
}

// path names a resource: "namespace/Kind/name".
func path(o *unstructured.Unstructured) string {
	return fmt.Sprintf("%s/%s/%s", o.GetNamespace(), o.GetKind(), o.GetName())
}
