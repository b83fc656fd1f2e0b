package tui_test

import (
	"testing/fstest"

	"podsec/labs"
)

// kindsLab has a step of each kind.
func kindsLab() *labs.Lab {
	files := fstest.MapFS{"pod.yaml": {Data: []byte(editFile)}, "solution.yaml": {Data: []byte(solvedFile)}}
	return &labs.Lab{
		ID: "04-kinds", Number: 4, Title: "Ask, write, explore", Minutes: 10, Files: files,
		Summary: "A question, a file and a goal.",
		Steps: []labs.Step{
			{
				ID: "guess", Title: "What will it say?", Kind: labs.Predict, Prose: "A pod without a label is sent to the API server.",
				Command: "kubectl apply -f pod.yaml",
				Question: &labs.Question{Text: "What will `kubectl` print?", Choices: []labs.Choice{
					{Text: "`pod/nginx created`", Reply: "The policy is in force already, and it asks for the label."},
					{Text: "an error from Kyverno's webhook", Right: true, Reply: "The webhook refuses the request, and nothing is stored."},
					{Text: "a warning, and the pod is created", Reply: "Only policies in Audit mode let a request pass, and they do not warn by themselves."},
				}},
				Checks: []labs.Check{titleCheck("the pod was denied by require-labels/check-team")},
				Hints:  []string{"Press r."},
			},
			{
				ID: "write", Title: "Write the label", Kind: labs.Edit, File: "pod.yaml",
				Prose: "Change the file so that Kyverno lets the pod pass.", Command: "kubectl apply -f pod.yaml",
				Checks:   []labs.Check{titleCheck("the pod nginx exists")},
				Hints:    []string{"Which key does the policy ask for?", "It is a label of the pod itself."},
				Solution: labs.Solution{File: "solution.yaml"},
			},
			{
				ID: "goal", Title: "Find who pays", Kind: labs.Explore, Prose: "Print the label of the pod with a command of your own.",
				Checks: []labs.Check{titleCheck("the command printed IT")},
				Hints:  []string{"`kubectl get pods --show-labels`"}, Solution: labs.Solution{Command: "kubectl get pod nginx --show-labels"},
			},
			{ID: "recap", Title: "What to remember", Kind: labs.Recap, Prose: "- A policy refuses what it does not like.\n- A label says who pays."},
		},
	}
}
