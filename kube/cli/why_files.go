package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podsec/engine/document"
)

// stdinName is how standard input is called in places.
const stdinName = "standard input"

// readDocuments reads files, the YAML and JSON files below folders, and "-".
func readDocuments(names []string, stdin io.Reader) ([]*document.Document, error) {
	var documents []*document.Document
	for _, name := range names {
		files, err := filesOf(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			found, err := readFile(file, stdin)
			if err != nil {
				return nil, err
			}
			documents = append(documents, found...)
		}
	}
	return documents, nil
}

func readFile(name string, stdin io.Reader) ([]*document.Document, error) {
	if name != "-" {
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return nil, unreadable(name, err)
		}
		return document.Parse(name, data)
	}
	data, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", stdinName, err)
	}
	return document.Parse(stdinName, data)
}

// unreadable is the error of a file that cannot be read.
func unreadable(name string, err error) error {
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// filesOf are the files that a name means: itself, or for a folder those below it that hold YAML or JSON, sorted.
func filesOf(name string) ([]string, error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(path))) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(files) == 0 {
		return nil, hinted(name+" holds no YAML or JSON files", "name a file, or a folder with files that end in .yaml, .yml or .json")
	}
	return files, nil
}
