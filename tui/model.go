package tui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/screen/dialog"
	"podsec/tui/screen/home"
	"podsec/tui/screen/lab"
	"podsec/tui/screen/pending"
	"podsec/tui/screen/present"
	"podsec/tui/screen/shell"
	"podsec/tui/style"
	"podsec/tui/widget/prompt"
)

// Model is the root: the only tea.Model of the app.
type Model struct {
	ctx    context.Context // of the app: commands end with it
	opts   Options
	keys   keyMap
	styles style.Styles
	theme  style.Theme
	dark   bool // the terminal's background, as it says
	width  int
	height int

	home    *home.Model
	lab     *lab.Model     // nil when none is open
	labAt   int            // its index
	stage   *present.Model // the lab's face when it is presented, else nil
	shell   *shell.Model
	history *prompt.History
	screens
	stores  turns // of the files that the learner writes
	jobs    map[jobKey]job
	dialogs []dialog.Dialog
	toast   string
	waits   string // the last toast that said to wait for what runs

	about   screen.Cluster
	cluster *Cluster   // nil until it is up
	hangUp  func()     // ends the context of its connection
	session Session    // nil until the lab is open
	before  []leftover // what was on the cluster then
	seen    seen
	others  others
	progress
	requests
}

// New returns the app before its first frame. ctx ends everything that it starts.
func New(ctx context.Context, opts Options) *Model {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	theme := opts.Theme
	if theme == "" {
		theme = style.Auto
	}
	st := style.Themed(theme, true)
	about := screen.Cluster{Name: opts.ClusterName}
	m := &Model{
		ctx: ctx, opts: opts, keys: defaultKeys(), styles: st, theme: theme, dark: true, about: about,
		home: home.New(opts.Labs, about, st), jobs: map[jobKey]job{}, hangUp: func() {},
		screens:  screens{at: screen.Home, wait: pending.New(st), made: map[screen.Name]screen.Component{}},
		progress: newProgress(opts.Progress, opts.ClusterName, opts.Labs),
	}
	m.history = &prompt.History{}
	m.shell = shell.New(m.history, st)
	m.home.SetNotice(home.Notice{Text: opts.Notice})
	m.recall()
	return m
}

// Init implements tea.Model: it asks for the background's colour and brings the cluster up.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor, m.connect(), m.listPlaces(false)}
	for i, l := range m.opts.Labs {
		if l.ID == m.opts.Lab {
			cmds = append(cmds, m.openLabAt(i, m.opts.Step))
		}
	}
	return tea.Batch(cmds...)
}

// restyle changes the look of everything.
func (m *Model) restyle() {
	m.styles = style.Themed(m.theme, m.dark)
	m.each(func(c screen.Component) {
		if s, ok := c.(screen.Styled); ok {
			s.SetStyles(m.styles)
		}
	})
}

// resize hands the size to the screen that is shown; another one gets it when it is.
func (m *Model) resize(width, height int) {
	m.width, m.height = width, height
	above := m.barLines()
	if b, ok := m.current().(interface{ SetBare(bool) }); ok {
		b.SetBare(above > 0)
	}
	m.current().SetSize(width, height-above)
}

// setAbout says what is known of the cluster now.
func (m *Model) setAbout(c screen.Cluster) {
	m.about = c
	m.each(func(s screen.Component) {
		if s, ok := s.(screen.Informed); ok {
			s.SetCluster(c)
		}
	})
}

// labName names the lab on the screen for the window's title.
func (m *Model) labName() string {
	if m.lab == nil {
		return ""
	}
	return labTitle(m.lab.Lab())
}

func labTitle(l *labs.Lab) string { return fmt.Sprintf("%d %s", l.Number, l.Title) }
