package plain_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsec/engine/why"
	"podsec/kube/inspect"
	"podsec/labs"
	"podsec/tui"
	"podsec/tui/plain"
)

// explainer explains one command, and notes what it was asked.
type explainer struct {
	tui.Source
	asked *inspect.Question
}

func (e explainer) Explain(_ context.Context, q inspect.Question) ([]inspect.Answer, error) {
	*e.asked = q
	switch q.Command {
	case "kubectl version":
	case "kubectl expired":
		return nil, apierrors.NewUnauthorized("Unauthorized")
	default:
		return nil, errors.New("the command only asks")
	}
	return []inspect.Answer{{Earlier: "It was refused when the command ran.", Explanation: &why.Explanation{Resource: "Pod shop/web", Verdict: why.Verdict{Admitted: true}}}}, nil
}

// forgotten is what an error means for who is not known any more.
type forgotten struct{}

func (forgotten) Error() string { return "you are not known" }

func (forgotten) Hint() string { return "log in again" }

// relogin explains the errors of credentials.
func relogin(err error) error {
	if apierrors.IsUnauthorized(err) {
		return forgotten{}
	}
	return err
}

// TestWhy says that what decided is read out for the last command that ran, and that no hint answers a question.
func TestWhy(t *testing.T) {
	var out bytes.Buffer
	var asked inspect.Question
	err := plain.Run(t.Context(), tui.Options{
		Labs: []*labs.Lab{aLab()}, ClusterName: "simulated", Progress: &store{},
		Connect: func(context.Context) (tui.Cluster, error) {
			return tui.Cluster{
				Source: explainer{asked: &asked}, Explain: relogin,
				Open: func(context.Context, *labs.Lab) (tui.Session, error) {
					return &session{passes: map[int]bool{0: true}}, nil
				},
			}, nil
		},
		Input: strings.NewReader(strings.Join([]string{"", "w", "h", "2", "", "w", "kubectl get pods", "w", "kubectl expired", "w", "?"}, "\n") + "\n"), Output: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	must(t, out.String(), "Run the step first", "A hint would give the answer away", "Running.", "It was refused when the command ran.", "Pod shop/web",
		"There is nothing to explain: the command only asks.", "There is nothing to explain: you are not known.", "log in again.", "w explains what")
	if asked.Command != "kubectl expired" || asked.Folder != "/tmp/lab/team" || asked.Printed == "" {
		t.Errorf("it was asked %+v", asked)
	}
}
