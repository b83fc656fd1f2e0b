package labs

import (
	"bytes"
	"context"
	"io"
	"testing"
)

// TestTry: a trial says whether a step is done by its command alone. It is no attempt of the learner's: it gives no hint,
// and the next one is still the first.
func TestTry(t *testing.T) {
	printed := "pod/nginx created\n"
	s, _, err := openTest(t, &testCluster{}, configMap, func(_ context.Context, _, _ string, _ []string, stdout, _ io.Writer) (int, error) {
		_, err := io.WriteString(stdout, printed)
		return 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o, err := s.Try(t.Context(), 0, &out)
	if err != nil || o.Passed || o.Hint != "" || o.Mistake != "" || len(o.Checks) != 2 || o.Checks[0].OK || out.String() != printed {
		t.Errorf("a step that is not done: %+v, %v, %q", o, err, out.String())
	}
	if o, err = s.Run(t.Context(), 0, io.Discard); err != nil || o.Hint != "first" {
		t.Errorf("run after a trial: %+v, %v", o, err)
	}
	printed = deniedOutput
	if o, err = s.Try(t.Context(), 0, io.Discard); err != nil || !o.Passed {
		t.Errorf("a step that is done: %+v, %v", o, err)
	}
	if o, err = s.Try(t.Context(), 1, io.Discard); err != nil || !o.Passed {
		t.Errorf("a step without a command: %+v, %v", o, err)
	}
	if _, err = s.Try(t.Context(), 9, io.Discard); err == nil || err.Error() != "try step 9: the lab has 3 steps" {
		t.Errorf("the error is %v", err)
	}
}
