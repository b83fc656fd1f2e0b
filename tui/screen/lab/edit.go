package lab

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"podsec/labs"
	"podsec/tui/screen"
	"podsec/tui/style"
	"podsec/tui/widget/editor"
)

// saveEvery is how many keys may be lost when the app is killed.
const saveEvery = 20

// SetText hands over the file of an edit step as it is now.
func (m *Model) SetText(step int, source string) {
	if e := m.editors[step]; e != nil {
		if e.Text() != source {
			e.Replace(source)
		}
		e.Saved(source)
	} else {
		m.editors[step] = editor.New(m.lab.Steps[step].File, source)
	}
	m.stale = true
	m.arrange()
	if m.opening && m.pos == step {
		m.edit()
	}
}

// WantsText reports whether the file of the current step is to be handed over.
func (m *Model) WantsText() bool {
	return m.step().Kind == labs.Edit && m.editors[m.pos] == nil && m.phase == Open
}

// Saved says that a text of a step was saved.
func (m *Model) Saved(step int, source string) {
	if e := m.editors[step]; e != nil {
		e.Saved(source)
	}
}

// editor is that of the current step, nil when it has none.
func (m *Model) editor() *editor.Editor { return m.editors[m.pos] }

// edit opens the editor.
func (m *Model) edit() screen.Intent {
	switch {
	case m.phase != Open:
		return screen.Tell{Text: "The lab is being prepared: the file can be changed in a moment."}
	case m.editor() == nil:
		m.opening = true
		return screen.Tell{Text: "The file is being read."}
	}
	m.editing, m.opening, m.zoom = true, false, false
	m.touched = true
	m.show(File)
	m.editor().GoToProblem()
	return nil
}

// leaveEditor closes the editor and saves what was written.
func (m *Model) leaveEditor(then screen.Intent) screen.Intent {
	m.editing, m.stale = false, true
	m.show(Read)
	return m.save(then)
}

// save saves what was written, if anything was, and goes on with an intent.
func (m *Model) save(then screen.Intent) screen.Intent {
	e := m.editor()
	if e == nil || !e.Changed() {
		return then
	}
	m.unsaved = 0
	return screen.Save{Text: e.Text(), Then: then}
}

// Draft is the file of an edit step and its text as it is now; both are "" at another step, and before the text is known.
func (m *Model) Draft() (file, text string) {
	e := m.editor()
	if m.step().Kind != labs.Edit || e == nil {
		return "", ""
	}
	return m.step().File, e.Text()
}

// Adopt opens the file of an edit step with another text, which can be taken back there.
func (m *Model) Adopt(text string) screen.Intent {
	e := m.editor()
	if e == nil {
		return nil
	}
	e.Replace(text)
	m.edit()
	return m.save(screen.Tell{Text: "The fix is in " + m.step().File + ": ctrl+r runs it, ctrl+z takes it back."})
}

// Unsaved is what was written at the current step and is not saved yet.
func (m *Model) Unsaved() (text string, any bool) {
	e := m.editor()
	if e == nil || !e.Changed() {
		return "", false
	}
	return e.Text(), true
}

// inEditor handles a key while the editor is open.
func (m *Model) inEditor(k tea.KeyPressMsg) screen.Intent {
	e := m.editor()
	m.stale = true
	defer m.arrange() // what is wrong takes lines
	switch {
	case key.Matches(k, m.keys.Stop):
		return m.leaveEditor(nil)
	case key.Matches(k, m.keys.Store):
		return m.save(screen.Tell{Text: m.step().File + " is saved"})
	case key.Matches(k, m.keys.SaveRun):
		if e.Problem() != nil {
			e.GoToProblem()
			return m.save(screen.Tell{Text: "This is not YAML yet: see the line that is marked."})
		}
		return m.leaveEditor(m.askRun())
	case key.Matches(k, m.keys.Break):
		return screen.Tell{Text: "esc closes the editor and keeps what you wrote"}
	}
	if !e.Key(k) {
		return nil
	}
	if m.unsaved++; m.unsaved >= saveEvery || k.String() == "enter" {
		return m.save(nil)
	}
	return nil
}

// paste puts what was pasted into the editor.
func (m *Model) paste(pasted string) screen.Intent {
	m.stale = true
	if !m.editor().Paste(pasted) {
		return screen.Tell{Text: "That is too much: the file would be larger than a mebibyte."}
	}
	return m.save(nil)
}

// askRestore asks before what was written gives way to the last good version.
func (m *Model) askRestore() screen.Intent {
	return screen.Ask{
		Title: "Go back to the last good version?",
		Text:  "The file becomes what it was when this step passed last, or else what the lab began with. What you wrote can be brought back in the editor with ctrl+z.",
		Yes:   "go back", Then: screen.Restore{},
	}
}

// editorStatus is what the editor says of the text.
func (m *Model) editorStatus() string {
	e := m.editor()
	line, column := e.Place()
	return e.Status(m.styles) + m.styles.Muted.Render(fmt.Sprintf("  %d:%d", line, column))
}

// changedMark says that there is something that is not saved.
func (m *Model) changedMark() string {
	if _, any := m.Unsaved(); any {
		return " " + style.Changed
	}
	return ""
}
