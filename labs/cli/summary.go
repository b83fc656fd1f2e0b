package cli

import (
	"time"

	"podsec/labs"
)

// summary is what a learner did.
type summary struct {
	Name     string           `json:"name,omitempty"`
	Made     time.Time        `json:"made"`
	Clusters []clusterSummary `json:"clusters"`
}

// clusterSummary is what a learner did on one cluster.
type clusterSummary struct {
	Name string       `json:"name"`
	Labs []labSummary `json:"labs"` // those that were begun
}

// labSummary is what a learner did in a lab. Side steps of an older edition do not count.
type labSummary struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Steps     int           `json:"steps"`
	Done      int           `json:"done"`
	Begun     time.Time     `json:"begun,omitzero"`
	Finished  time.Time     `json:"finished,omitzero"` // when the last step was done, if all are
	Tries     int           `json:"tries"`
	Hints     int           `json:"hints"`
	Mistakes  int           `json:"mistakes"`
	Solved    int           `json:"solved"`    // steps whose solution was applied
	Questions int           `json:"questions"` // that were answered
	Right     int           `json:"right"`     // those that were answered right the first time
	Details   []stepSummary `json:"details"`
}

// stepSummary is a step that was done or tried.
type stepSummary struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Kind  string    `json:"kind"`
	Done  time.Time `json:"done,omitzero"`
	labs.StepProgress
}

// sumUp sums up what is known of labs.
func sumUp(list []*labs.Lab, progress *labs.Progress) *summary {
	s := &summary{Clusters: []clusterSummary{}}
	for _, name := range progress.Clusters() {
		c := clusterSummary{Name: name}
		for _, lab := range list {
			if known := progress.Lab(name, lab.ID); known.Step != "" || len(known.Done)+len(known.Steps) > 0 {
				c.Labs = append(c.Labs, sumUpLab(lab, known))
			}
		}
		if len(c.Labs) > 0 {
			s.Clusters = append(s.Clusters, c)
		}
	}
	return s
}

func sumUpLab(lab *labs.Lab, known labs.LabProgress) labSummary {
	l := labSummary{ID: lab.ID, Title: lab.Title, Begun: known.Begun, Details: []stepSummary{}}
	var last time.Time
	for i := range lab.Steps {
		step := &lab.Steps[i]
		at, done := known.Done[step.ID]
		took, tried := known.Steps[step.ID]
		if step.Edition == "" {
			l.Steps++
			if done {
				l.Done++
			}
		}
		if at.After(last) {
			last = at
		}
		if done || tried {
			l.add(stepSummary{ID: step.ID, Title: step.Title, Kind: string(step.Kind), Done: at, StepProgress: took})
		}
	}
	if l.Done == l.Steps {
		l.Finished = last
	}
	return l
}

// add counts in a step.
func (l *labSummary) add(s stepSummary) {
	l.Details = append(l.Details, s)
	l.Tries += s.Tries
	l.Hints += s.Hints
	l.Mistakes += s.Mistakes
	if s.Solved {
		l.Solved++
	}
	if s.Right != nil {
		l.Questions++
		if *s.Right {
			l.Right++
		}
	}
}
