package labs

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"errors"
	"io/fs"
)

func TestLint(t *testing.T) {
	golden(t, "lint", func(_ *testing.T, files fstest.MapFS) string {
		var b strings.Builder
		for _, problem := range Lint(files) {
			b.WriteString(problem.Error() + "\n")
		}
		return b.String()
	})
}

func TestLintNothing(t *testing.T) {
	problems := Lint(fstest.MapFS{})
	if len(problems) != 1 || problems[0].Message != "there are no labs" {
		t.Errorf("problems %v", problems)
	}
}

// brokenFS cannot be read.
type brokenFS struct{}

// Open fails.
func (brokenFS) Open(string) (fs.File, error) { return nil, iotest.ErrTimeout }

func TestLintUnreadable(t *testing.T) {
	problems := Lint(brokenFS{})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, iotest.ErrTimeout.Error()) {
		t.Errorf("problems %v", problems)
	}
	if _, err := Load(brokenFS{}); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("error %v", err)
	}
}
