package workshop

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestAside: while the app runs, nothing that is written to the standard error reaches its screen; afterwards it is shown
// when the app failed.
func TestAside(t *testing.T) {
	failed := errors.New("no terminal")
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"a good end": {nil, "before\nafter\n"},
		"a failure":  {failed, "before\nmeanwhile\nafter\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "screen")
			screen, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer screen.Close()
			own := os.Stderr
			defer func() { os.Stderr = own }()
			os.Stderr = screen
			fmt.Fprintln(os.Stderr, "before")
			err = aside(func() error {
				fmt.Fprintln(os.Stderr, "mean\x1b]0;title\awhile")
				return test.err
			})
			fmt.Fprintln(os.Stderr, "after")
			if !errors.Is(err, test.err) || os.Stderr != screen {
				t.Errorf("it ends with %v", err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != test.want {
				t.Errorf("the screen has %q, %v", got, err)
			}
		})
	}
}
