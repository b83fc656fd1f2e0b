package helm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"sigs.k8s.io/yaml"
)

// kyvernoURL is where the chart lives, and the one repository that the stand-in can answer for.
const kyvernoURL = "https://kyverno.github.io/kyverno/"

// repositories is Helm's repositories.yaml.
type repositories struct {
	APIVersion   string       `json:"apiVersion"`
	Generated    time.Time    `json:"generated"`
	Repositories []repository `json:"repositories"`
}

type repository struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

func (h *Helm) repoFile() string { return filepath.Join(h.ConfigHome, "repositories.yaml") }

// loadRepos reads the repositories; a missing file means that there are none.
func (h *Helm) loadRepos() (repositories, error) {
	var file repositories
	data, err := os.ReadFile(h.repoFile())
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return file, fmt.Errorf("couldn't load repositories file (%s): %w", h.repoFile(), err)
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return file, fmt.Errorf("couldn't load repositories file (%s): %w", h.repoFile(), err)
	}
	return file, nil
}

func (h *Helm) saveRepos(file repositories) error {
	data, err := yaml.Marshal(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h.ConfigHome, 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(h.repoFile(), data, 0o600)
}

// find returns the repository of a name.
func (r repositories) find(name string) (repository, bool) {
	i := slices.IndexFunc(r.Repositories, func(entry repository) bool { return entry.Name == name })
	if i < 0 {
		return repository{}, false
	}
	return r.Repositories[i], true
}

// reach says whether a repository's index can be had. Only one can: the stand-in uses no network.
func reach(url string) error {
	if strings.TrimSuffix(url, "/") == strings.TrimSuffix(kyvernoURL, "/") {
		return nil
	}
	return fmt.Errorf("looks like %q is not a valid chart repository or cannot be reached: this stand-in carries only %s", url, kyvernoURL)
}

// addRepo is `helm repo add`.
func (h *Helm) addRepo(name, url string, force bool) error {
	file, err := h.loadRepos()
	if err != nil {
		return err
	}
	if strings.Contains(name, "/") {
		return fmt.Errorf("repository name (%s) contains '/', please specify a different name without '/'", name)
	}
	if have, ok := file.find(name); ok && !force {
		if have.URL != url {
			return fmt.Errorf("repository name (%s) already exists, please specify a different name", name)
		}
		fmt.Fprintf(h.Stdout, "%q already exists with the same configuration, skipping\n", name)
		return nil
	}
	if err := reach(url); err != nil {
		return err
	}
	file.Repositories = append(slices.DeleteFunc(file.Repositories, named(name)), repository{Name: name, URL: url})
	if err := h.saveRepos(file); err != nil {
		return err
	}
	fmt.Fprintf(h.Stdout, "%q has been added to your repositories\n", name)
	return nil
}

// removeRepos is `helm repo remove`.
func (h *Helm) removeRepos(names []string) error {
	file, err := h.loadRepos()
	if err != nil {
		return err
	}
	if len(file.Repositories) == 0 {
		return errors.New("no repositories configured")
	}
	for _, name := range names {
		if _, ok := file.find(name); !ok {
			return fmt.Errorf("no repo named %q found", name)
		}
		file.Repositories = slices.DeleteFunc(file.Repositories, named(name))
		if err := h.saveRepos(file); err != nil {
			return err
		}
		fmt.Fprintf(h.Stdout, "%q has been removed from your repositories\n", name)
	}
	return nil
}

func named(name string) func(repository) bool {
	return func(entry repository) bool { return entry.Name == name }
}
