package reports

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"podsec/kube/inspect"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/bar"
)

// scan is what Kyverno's background scan will say by our own engine. It is predicted anew after changes, while the
// screen is shown.
type scan struct {
	forecast *atomic.Pointer[inspect.Forecast] // the latest; states are read beside it
	changed  screen.Latest[struct{}]           // the cluster is not what it was
	rest     time.Duration                     // before the next prediction
	problem  string
}

func newScan() scan {
	return scan{forecast: &atomic.Pointer[inspect.Forecast]{}}
}

const (
	// again is when a prediction is made anew without a change that could be seen: a state does not hold all objects.
	again = time.Minute
	// leastRest and restShare bound what predictions take from others.
	leastRest = 2 * time.Second
	restShare = 8
)

// forecast is a prediction, how long it took, and the change that it was made for.
type forecast struct {
	*inspect.Forecast
	took time.Duration
	of   screen.Given[struct{}]
}

// predict waits for a change and predicts what the scan will say.
func (m *Model) predict() screen.Intent {
	source, changed, rest := m.source, m.scan.changed.Wait(), m.scan.rest
	return screen.Do{ID: predicting, Work: func(ctx context.Context) (any, error) {
		if _, err := pause(ctx, rest, nil); err != nil {
			return nil, err
		}
		of, err := pause(ctx, again, changed)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		found, err := source.Predict(ctx)
		return forecast{found, time.Since(began), of}, err
	}}
}

// pause waits for a while, or until something changed.
func pause(ctx context.Context, d time.Duration, changed <-chan screen.Given[struct{}]) (of screen.Given[struct{}], err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case of = <-changed:
	case <-ctx.Done():
	}
	return of, ctx.Err()
}

// predicted takes a prediction, has the last state read beside it, and waits for the next change.
func (m *Model) predicted(result any, err error) screen.Intent {
	m.scan.problem, m.scan.rest = "", leastRest
	found, ok := result.(forecast)
	m.scan.changed.TakeIn(found.of)
	if ok && err == nil {
		m.scan.rest = max(leastRest, restShare*found.took)
		m.scan.forecast.Store(found.Forecast)
		if m.seen {
			m.states.Set(m.last)
		}
	}
	if err != nil {
		m.scan.problem = text.Line(err.Error())
	}
	m.arrange()
	return m.predict()
}

// scanning says how far the scan is, and how much of it is not as predicted; "" when there is nothing to say.
func (m *Model) scanning() string {
	st, p := m.styles, m.index.scanned
	switch {
	case m.scan.problem != "":
		return text.Fit("  "+st.Muted.Render("Not predicted: "+m.scan.problem), m.width)
	case p == nil || p.objects == 0:
		return ""
	}
	done := p.objects - p.awaited
	left := fmt.Sprintf("%d of %d objects reported", done, p.objects)
	right := st.Muted.Render("nothing reported yet")
	if done > 0 {
		right = st.Good.Render(style.Done + " as predicted")
	}
	if n := m.index.counts.differ; n > 0 {
		right = st.Warn.Render(fmt.Sprintf("%s %d differ ", style.Skipped, n)) + st.Key.Render("d")
	}
	if m.width >= roomy {
		left = st.Muted.Render("Background scan ") + bar.Progress(done, p.objects, barWidth, st) + " " + left
		right = st.Muted.Render("our prediction: ") + right
	}
	return text.Ends("  "+left, right+" ", m.width)
}

const (
	// roomy is the width from which the progress of the scan has a bar and is called by its name.
	roomy    = 90
	barWidth = 16
)

// differing lists the lines that are not as predicted, or else those to come.
func (m *Model) differing() screen.Intent {
	if m.index.scanned == nil {
		return screen.Tell{Text: "there is no prediction yet"}
	}
	c := m.index.counts
	state := differs
	if c.differ == 0 {
		state = awaited
	}
	if c.differ == 0 && c.come == 0 {
		return screen.Tell{Text: "everything is reported as predicted"}
	}
	m.by = byPrediction
	m.groups.set(m.index, m.by)
	m.list(state.String(), false)
	return nil
}

// toneOfPrediction is the colour of what is predicted of a line.
func (m *Model) toneOfPrediction(l *line) style.Paint {
	switch l.state {
	case differs:
		return m.styles.Warn
	case awaited:
		return m.toneOf(l.expected.Result)
	}
	return m.styles.Muted
}
