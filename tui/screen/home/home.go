// Package home is the screen that the app opens with: the labs, the learner's progress in them, and the cluster in use.
package home

import (
	tea "charm.land/bubbletea/v2"

	"charm.land/bubbles/v2/key"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
)

// Progress is how far the learner is in a lab.
type Progress struct {
	Done    int          // steps done, of those that count
	Current int          // the step to go on with
	Started bool         // the lab was opened before
	AtEnd   bool         // it was left at its end: it is opened from its start
	Steps   map[int]bool // the done ones, by index
}

// Finished reports whether all steps that count are done.
func (p Progress) Finished(l *labs.Lab) bool {
	total := screen.Required(l)
	return total > 0 && p.Done >= total
}

// Model is the screen.
type Model struct {
	labs     []*labs.Lab
	progress []Progress
	cluster  screen.Cluster
	keys     KeyMap
	styles   style.Styles
	cursor   int
	notice   Notice
	bare     bool
	offered  bool // there are other clusters
	width    int
	height   int
}

// New returns the screen with the cursor on the first lab.
func New(list []*labs.Lab, cluster screen.Cluster, st style.Styles) *Model {
	return &Model{labs: list, progress: make([]Progress, len(list)), cluster: cluster, keys: DefaultKeys(), styles: st}
}

// SetSize implements screen.Component.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// SetBare says that the app's name and the cluster stand above the screen already.
func (m *Model) SetBare(bare bool) { m.bare = bare }

// SetStyles changes the look.
func (m *Model) SetStyles(st style.Styles) { m.styles = st }

// SetCluster says what is known of the cluster now.
func (m *Model) SetCluster(c screen.Cluster) { m.cluster = c }

// Offer says whether there are other clusters to choose from.
func (m *Model) Offer(others bool) { m.offered = others }

// SetProgress says how far the learner is in the lab with the given index.
func (m *Model) SetProgress(lab int, p Progress) { m.progress[lab] = p }

// Notice is a message of some sentences.
type Notice struct {
	Text string
	Good bool // nothing to worry about
}

// SetNotice shows a message above the keys, until it is set to another one; one without text shows none.
func (m *Model) SetNotice(n Notice) { m.notice = n }

// AddNotice adds a sentence to the message that is shown.
func (m *Model) AddNotice(sentence string) {
	if m.notice.Text != "" {
		m.notice.Text += " "
	}
	m.notice.Text += sentence
}

// Select moves the cursor to a lab; an index out of range is the nearest one.
func (m *Model) Select(lab int) { m.cursor = max(0, min(lab, len(m.labs)-1)) }

// Selected is the index of the lab under the cursor.
func (m *Model) Selected() int { return m.cursor }

// Key implements screen.Component.
func (m *Model) Key(k tea.KeyPressMsg) screen.Intent {
	switch {
	case key.Matches(k, m.keys.Up):
		m.Select(m.cursor - 1)
	case key.Matches(k, m.keys.Down):
		m.Select(m.cursor + 1)
	case key.Matches(k, m.keys.First):
		m.Select(0)
	case key.Matches(k, m.keys.Last):
		m.Select(len(m.labs) - 1)
	case key.Matches(k, m.keys.Open) && len(m.labs) > 0:
		return screen.OpenLab{Index: m.cursor}
	case key.Matches(k, m.keys.Copy) && m.cluster.Kubeconfig != "":
		return screen.Copy{What: "the export line", Text: m.export()}
	case key.Matches(k, m.keys.Connect) && m.cluster.Phase == screen.Unreachable:
		return screen.Connect{}
	case key.Matches(k, m.keys.Choose) && m.offered:
		return screen.Places{}
	case key.Matches(k, m.keys.Quit):
		return screen.Quit{}
	}
	return m.digit(k)
}

// digit moves to the lab with the number of the key.
func (m *Model) digit(k tea.KeyPressMsg) screen.Intent {
	for i, l := range m.labs {
		if s := k.String(); len(s) == 1 && s[0] >= '0' && s[0] <= '9' && l.Number == int(s[0]-'0') {
			m.Select(i)
		}
	}
	return nil
}

// Wheel moves the cursor.
func (m *Model) Wheel(_, _, lines int) { m.Select(m.cursor + max(-1, min(1, lines))) }

// Click moves the cursor to the lab at a position, and opens it when it was there already.
func (m *Model) Click(x, y int) screen.Intent {
	i, ok := m.labAt(x, y)
	switch {
	case !ok:
		return nil
	case i == m.cursor:
		return screen.OpenLab{Index: i}
	}
	m.cursor = i
	return nil
}

func (m *Model) export() string { return "export KUBECONFIG=" + m.cluster.Kubeconfig }
