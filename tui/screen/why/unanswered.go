package why

import (
	"regexp"

	"podsec/kube/inspect"
	"podsec/tui/text"
)

var uncalled = regexp.MustCompile(`failed calling webhook "([^"\n]+)"`)

// unanswered is the webhook that the API server called for an object and got no answer from, "" when there is none. Such a
// request is refused whatever policies say of its object: nobody asked them. Of several objects of a command some may have
// got through.
func (m *Model) unanswered(a inspect.Answer) string {
	if m.subject.Command == "" || a.Answered {
		return ""
	}
	if found := uncalled.FindStringSubmatch(m.subject.Output); found != nil {
		return text.Line(found[1])
	}
	return ""
}

// notAsked says what became of a request whose webhook did not answer, and what stands below then.
func notAsked(webhook string) string {
	return "Refused: the webhook " + webhook + " did not answer, and its failurePolicy is Fail. Below: what it would decide."
}
