package inspect

import (
	"podsec/engine/why"
)

// Verdict is what becomes of an object, in a word or two.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Admitted    Verdict = "admitted"
	Unjudged    Verdict = "not judged" // let in without being looked at
	Warned      Verdict = "warned"
	Reported    Verdict = "reported"
	PodsRefused Verdict = "pods refused" // the object is stored, its pods are not
	Denied      Verdict = "denied"
)

// Worse says whether a verdict is harder on an object than another one.
func (v Verdict) Worse(than Verdict) bool { return v.rank() > than.rank() }

func (v Verdict) rank() int {
	for i, known := range []Verdict{Admitted, Unjudged, Warned, Reported, PodsRefused, Denied} {
		if v == known {
			return i
		}
	}
	return 0
}

// Judgement is what would become of an object if it were sent now, and which rules say so.
type Judgement struct {
	Verdict Verdict
	Reasons []Reason
}

// Reason is one rule against an object.
type Reason struct {
	Rule    string // "policy/rule", or "PodSecurity enforce:baseline"
	Message string
}

// judge sums an explanation up.
func judge(e *why.Explanation) Judgement {
	j := Judgement{Verdict: Admitted}
	j.security(e.Security)
	for _, rules := range [][]why.Rule{e.Mutate, e.Images, e.Validate} {
		for _, r := range rules {
			if r.Outcome != why.Fails && r.Outcome != why.Errs {
				continue
			}
			verdict := Reported
			if r.Effect == why.Blocks {
				verdict = Denied
			}
			j.add(verdict, Reason{Rule: r.Policy + "/" + r.Name, Message: r.Message})
		}
	}
	if len(e.Verdict.Warnings) > 0 {
		j.add(Warned)
	}
	if !e.Verdict.Admitted {
		j.add(Denied)
	}
	return j
}

func (j *Judgement) security(s *why.PodSecurity) {
	if s == nil {
		return
	}
	for _, m := range s.Modes {
		if m.Allowed {
			continue
		}
		verdict := Warned
		switch {
		case m.Name == "enforce" && m.Applies:
			verdict = Denied
		case m.Name == "enforce":
			verdict = PodsRefused
		}
		j.add(verdict, Reason{Rule: "PodSecurity " + m.Name + " " + m.Level, Message: m.Detail})
	}
}

// add makes the verdict no better than the one given.
func (j *Judgement) add(v Verdict, reasons ...Reason) {
	if v.Worse(j.Verdict) {
		j.Verdict = v
	}
	j.Reasons = append(j.Reasons, reasons...)
}
