package labs

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLastCommand: the words of the command that is being typed, in brackets; the last one is not finished.
func TestLastCommand(t *testing.T) {
	for line, want := range map[string]string{
		"":                               "[]",
		"kub":                            "[kub]",
		"kubectl ":                       "[kubectl] []",
		"kubectl  get po":                "[kubectl] [get] [po]",
		"cat a | grep 'x y' b":           "[grep] [x y] [b]",
		"cat a|":                         "[]",
		"cat a && kubectl get 'po":       "[kubectl] [get] [po]",
		`kubectl get "po`:                "[kubectl] [get] [po]",
		`echo a\ b c\`:                   `[echo] [a b] [c\]`,
		`echo "a\"b`:                     `[echo] [a"b]`,
		"echo $(kubectl get po":          "[kubectl] [get] [po]",
		"echo \"$(kubectl get po":        "[kubectl] [get] [po]",
		"echo `kubectl get po":           "[kubectl] [get] [po]",
		"echo '$(kubectl get po":         "[echo] [$(kubectl get po]",
		"kubectl get po > ou":            "[kubectl] [get] [po] [ou]>",
		"kubectl get po >ou":             "[kubectl] [get] [po] [ou]>",
		"kubectl apply -f - <":           "[kubectl] [apply] [-f] [-] []>",
		"kubectl get po >out ":           "[kubectl] [get] [po] [out]> []",
		"kubectl get po -o jsonpath={.a": "[kubectl] [get] [po] [-o] [jsonpath={.a]",
		"a; b\nc d":                      "[c] [d]",
		"{ kubectl g":                    "[kubectl] [g]",
		"größe ä":                        "[größe] [ä]",
	} {
		var words []string
		for _, w := range lastCommand(line) {
			text := "[" + w.text + "]"
			if w.file {
				text += ">"
			}
			words = append(words, text)
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// FuzzLastCommand: there is always a last word, and it is the end of the line.
func FuzzLastCommand(f *testing.F) {
	for _, line := range []string{"", "a 'b", `a "b\`, "a $(b `c", "a > b < c", "a{b} | {c", "\\", "$("} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := lastCommand(line)
		if len(words) == 0 {
			t.Fatal("no words")
		}
		last := words[len(words)-1]
		if last.start > len(line) || !strings.HasSuffix(line, last.raw) || line[last.start:] != last.raw {
			t.Errorf("the last word is %+v", last)
		}
		for _, w := range words {
			if !strings.HasPrefix(line[w.start:], w.raw) {
				t.Errorf("the word %+v is not there", w)
			}
		}
	})
}

// TestComplete: what is offered for lines, by a shell that answers as programs made with Cobra do.
func TestComplete(t *testing.T) {
	answers := map[string]string{
		"kubectl __complete ''":                         "get\tDisplay resources\ngrant\n_activeHelp_ hint\n:4\n",
		"kubectl __complete g":                          "get\tDisplay resources\ngrant\n:4\n",
		"kubectl __complete get pods --n":               "--namespace\tspace\n--namespace=\tspace\n--no-headers\n:4\n",
		"kubectl __complete get pods --namespace=u":     "ui\nuat\ndev\n:4\n",
		"kubectl __complete get pods -n 'two words' we": "web\nweb 2\n:4\n",
		"kubectl __complete apply -f ''":                "json\nyaml\nyml\n:8\n",
		"kubectl __complete apply -f sub/":              "yaml\n:8\n",
		"kubectl __complete apply -k ''":                ":16\n",
		"kubectl __complete cp w":                       ":0\n",
		"kubectl __complete cp -- -":                    ":0\n",
		"kubectl __complete get nonsense ''":            ":1\n",
		"kubectl __complete odd ''":                     "a\n:x\n",
	}
	s, _ := openKinds(t)
	s.shell = runnerFunc(func(_ context.Context, _, line string, _ []string, stdout, _ io.Writer) (int, error) {
		answer, ok := answers[line]
		if !ok {
			t.Errorf("asked %s", line)
		}
		_, err := io.WriteString(stdout, answer)
		return 0, err
	})
	for _, name := range []string{".hidden", "my file.txt"} {
		if err := os.WriteFile(filepath.Join(s.Dir(), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string][]string{
		"ku":                                    {"kubectl"},
		"A=b ky":                                {"kyverno"},
		"cat x | k":                             {"kubectl", "kyverno"},
		"kubectl ":                              {"get", "grant"},
		"echo $(kubectl g":                      {"get", "grant"},
		"kubectl get pods --n":                  {"--namespace", "--no-headers"},
		"kubectl get pods --namespace=u":        {"--namespace=uat", "--namespace=ui"},
		"kubectl get pods -n 'two words' we":    {"web", "'web 2'"},
		"kubectl apply -f ":                     {"solved.yaml", "sub/", "wrong.yaml"},
		"kubectl apply -f sub/":                 {"sub/pod.yaml"},
		"kubectl apply -k ":                     {"sub/"},
		"kubectl cp w":                          {"wrong.yaml"},
		"kubectl cp -- -":                       nil,
		"kubectl get nonsense ":                 nil,
		"kubectl odd ":                          {"a"},
		"cat ":                                  {"'my file.txt'", "solved.yaml", "sub/", "wrong.yaml"},
		"cat .h":                                {".hidden"},
		"cat none/":                             nil,
		"./s":                                   {"./solved.yaml", "./sub/"},
		"kubectl get pods > s":                  {"solved.yaml", "sub/"},
		"cat " + filepath.Join(s.Dir(), "wron"): {filepath.Join(s.Dir(), "wrong.yaml")},
	} {
		got, err := s.Complete(t.Context(), line)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, %s", line, err, diff)
		}
	}
}

// TestCompleteFails: an answer that does not come is no offer; an end is an end.
func TestCompleteFails(t *testing.T) {
	s, _ := openKinds(t)
	s.shell = runnerFunc(func(ctx context.Context, _, _ string, _ []string, _, _ io.Writer) (int, error) {
		return 1, errors.New("no shell")
	})
	if _, err := s.Complete(t.Context(), "kubectl g"); err == nil || err.Error() != "complete: no shell" {
		t.Errorf("error %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Complete(ended, "kubectl g"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
