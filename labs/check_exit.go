package labs

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// exitCheck looks at the exit status of the command: a number, or "nonzero".
type exitCheck struct {
	onAnswer
	nonzero bool
	status  int
}

func (c *exitCheck) decodeNode(s *strict, n *yaml.Node) {
	if n.Value == "nonzero" {
		c.nonzero = true
		return
	}
	status, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || status < 0 || status > 255 {
		s.note(n, "write exit: 0 or exit: nonzero", "exit must be a status from 0 to 255, or nonzero")
		return
	}
	c.status = status
}

// Title says what is checked.
func (c *exitCheck) Title() string {
	switch {
	case c.nonzero:
		return "the command fails"
	case c.status == 0:
		return "the command succeeds"
	default:
		return fmt.Sprintf("the command ends with exit status %d", c.status)
	}
}

// Judge looks at the exit status.
func (c *exitCheck) Judge(_ context.Context, e Evidence) (string, error) {
	switch {
	case !e.Answer.Ran:
		return notRun, nil
	case c.nonzero && e.Answer.Exit == 0:
		return "the command succeeded", nil
	case !c.nonzero && e.Answer.Exit != c.status:
		return cmp.Or(failure(e.Answer), fmt.Sprintf("the command ended with exit status %d", e.Answer.Exit)), nil
	}
	return "", nil
}

// notRun is what is missing when a check on the answer is judged before the step ran.
const notRun = "the command has not run yet"
