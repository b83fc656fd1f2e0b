package labs

import "regexp"

// failures are what keeps any command from working, and what it means.
var failures = []struct {
	said  *regexp.Regexp
	means string
}{
	{regexp.MustCompile(`failed calling webhook "([^"]*)`),
		"the webhook $1 does not answer, and its failurePolicy Fail lets nothing through meanwhile; does Kyverno run?"},
	{regexp.MustCompile(`You must be logged in to the server`), "the cluster does not accept the credentials; they may have expired"},
	{regexp.MustCompile(`no answer of the cluster: |the server is currently unable to handle the request`), "the cluster did not answer"},
}

// failure says in plain words why a command failed, if that has nothing to do with what it asked for; "" otherwise.
func failure(a Answer) string {
	for _, f := range failures {
		if at := f.said.FindStringSubmatchIndex(a.Output); at != nil {
			return string(f.said.ExpandString(nil, f.means, a.Output, at))
		}
	}
	return ""
}
