package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
)

// job is work that a screen has done beside the app.
type job struct {
	number int
	what   string
	screen screen.Name
	cancel context.CancelFunc
}

// jobKey names a job: screens do not know each other's.
type jobKey struct {
	screen screen.Name
	id     string
}

// doneMsg is the answer to a job.
type doneMsg struct {
	key    jobKey
	number int
	result any
	err    error
}

// do starts work for the screen that is shown. A job of the same name is replaced.
func (m *Model) do(d screen.Do) tea.Cmd {
	key := jobKey{m.at, d.ID}
	if old, ok := m.jobs[key]; ok {
		old.cancel()
	}
	ctx, cancel := context.WithCancel(m.ctx)
	n := m.number()
	m.jobs[key] = job{number: n, what: d.What, screen: m.at, cancel: cancel}
	return func() tea.Msg {
		result, err := guarded(ctx, d.Work)
		return doneMsg{key: key, number: n, result: result, err: err}
	}
}

// guarded calls work and makes an error of its panic: a screen's mistake does not end the app.
func guarded(ctx context.Context, work func(context.Context) (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it broke: %v", p)
		}
	}()
	return work(ctx)
}

// did hands the result of a job to its screen. An answer that nobody waits for any more is dropped.
func (m *Model) did(msg doneMsg) tea.Cmd {
	j, ok := m.jobs[msg.key]
	if !ok || j.number != msg.number {
		return nil
	}
	j.cancel()
	delete(m.jobs, msg.key)
	w, ok := m.current().(screen.Worker)
	if !ok || m.at != msg.key.screen {
		return nil
	}
	err := msg.err
	if err != nil {
		err = m.inWords(err, j.what != "")
	}
	return m.follow(w.Done(msg.key.id, msg.result, err))
}

// inWords is an error of a job in the learner's words. What helps is said beside it when somebody waits for the job.
func (m *Model) inWords(err error, awaited bool) error {
	message, hint := m.cluster.Explained(err)
	if awaited && hint != "" {
		m.toast = hint
	}
	return &told{message, err}
}

// told is an error with what it means for the learner.
type told struct {
	message string
	err     error
}

func (t *told) Error() string { return t.message }

func (t *told) Unwrap() error { return t.err }

// working names what the screen that is shown waits for, "" for nothing.
func (m *Model) working() string {
	last := job{}
	for _, j := range m.jobs {
		if j.number > last.number && j.what != "" {
			last = j
		}
	}
	return last.what
}

// stop ends the jobs of a screen.
func (m *Model) stop(name screen.Name) {
	for key, j := range m.jobs {
		if j.screen == name {
			j.cancel()
			delete(m.jobs, key)
		}
	}
}

// stopAll ends all jobs.
func (m *Model) stopAll() {
	for key, j := range m.jobs {
		j.cancel()
		delete(m.jobs, key)
	}
}
