package labs

import (
	"strings"
	"time"
)

// planStep is what planned times are rounded to: nobody talks by the second.
const planStep = 15 * time.Second

// Plan shares the minutes of a lab among its steps: how long each of them takes somebody who presents it, by the words
// that there are to say and by what the step asks of the room. Steps of an older edition get their time on top.
func (l *Lab) Plan() []time.Duration {
	weights, sum := make([]float64, len(l.Steps)), 0.0
	for i := range l.Steps {
		weights[i] = l.Steps[i].weight()
		if l.Steps[i].Edition == "" {
			sum += weights[i]
		}
	}
	out := make([]time.Duration, len(l.Steps))
	for i, w := range weights {
		share := time.Duration(float64(l.Minutes) * float64(time.Minute) * w / max(sum, 1))
		out[i] = max(planStep, share.Round(planStep))
	}
	return out
}

// weight is the time that a step takes beside others, in something like seconds.
func (s *Step) weight() float64 {
	const wordsASecond = 2 // spoken, to a room
	kinds := map[StepKind]float64{Read: 10, Run: 30, Predict: 75, Edit: 150, Explore: 180, Recap: 30}
	return kinds[s.Kind] + float64(len(strings.Fields(s.Prose)))/wordsASecond
}
