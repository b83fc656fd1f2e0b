package tui

import (
	"os"
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"podsec/tui/screen"
)

// onFile does what is asked of the file of an edit step, or of a line being typed.
func (m *Model) onFile(intent screen.Intent) tea.Cmd {
	step := m.lab.Position()
	switch i := intent.(type) {
	case screen.Save:
		return m.store(step, i.Text, i.Then)
	case screen.Restore:
		return m.restore(step)
	case screen.External:
		return m.external(step)
	case screen.Complete:
		return m.complete(i.Line)
	}
	return nil
}

// wanted reads the file of the current step when its editor waits for it.
func (m *Model) wanted() tea.Cmd {
	if m.session == nil || m.lab == nil || !m.lab.WantsText() {
		return nil
	}
	return m.readText(m.lab.Position())
}

// adopt takes a text into the file of the current step, and goes there. The screen that it comes from may have been open
// while the learner went on.
func (m *Model) adopt(a screen.Adopt) tea.Cmd {
	if m.lab == nil {
		return nil
	}
	if file, now := m.lab.Draft(); file != a.File || now != a.Was {
		return m.follow(screen.Tell{Text: "Your file is not what it was then: ask why again."})
	}
	show := m.show(screen.Show{Screen: screen.Lab}) // it stores what is unsaved, and the new text is saved by itself
	return tea.Batch(show, m.follow(m.lab.Adopt(a.Text)))
}

// store saves the file of a step. Saves happen in the order in which they were asked for.
func (m *Model) store(step int, text string, then screen.Intent) tea.Cmd {
	out := storedMsg{session: m.session, step: step, text: text, then: then}
	save := m.stores.next(func() { out.err = out.session.Save(step, text) })
	return func() tea.Msg {
		save()
		return out
	}
}

// storeUnsaved saves what is being written, nil when nothing is.
func (m *Model) storeUnsaved(then screen.Intent) tea.Cmd {
	if m.lab == nil || m.session == nil {
		return nil
	}
	text, any := m.lab.Unsaved()
	if !any {
		return nil
	}
	m.lab.Saved(m.lab.Position(), text) // once is enough: a disk that is full must not keep the learner here
	return m.store(m.lab.Position(), text, then)
}

// wasStored goes on after a file was saved.
func (m *Model) wasStored(msg storedMsg) tea.Cmd {
	if msg.session != m.session || m.lab == nil {
		return nil
	}
	if msg.err != nil {
		message, hint := explain(msg.err)
		m.toast = "the file was not saved: " + message + " " + hint
		if _, quit := msg.then.(screen.Quit); !quit {
			return nil
		}
	} else {
		m.lab.Saved(msg.step, msg.text)
	}
	if msg.step != m.lab.Position() {
		return nil
	}
	return m.follow(msg.then)
}

// gotText hands the file of a step to its editor.
func (m *Model) gotText(msg textMsg) {
	switch {
	case msg.session != m.session || m.lab == nil:
	case msg.err != nil:
		m.toast, _ = explain(msg.err)
	default:
		m.lab.SetText(msg.step, msg.text)
	}
}

// external opens the file in the learner's own editor, which has the terminal meanwhile.
func (m *Model) external(step int) tea.Cmd {
	path := m.session.Path(step)
	line := editorLine(os.Getenv)
	c := exec.CommandContext(m.ctx, "sh", "-c", line+` "$1"`, "sh", path)
	s := m.session
	return tea.ExecProcess(c, func(err error) tea.Msg {
		if err != nil {
			return textMsg{session: s, step: step, err: err}
		}
		text, err := s.Text(step)
		return textMsg{session: s, step: step, text: text, err: err}
	})
}

// editorLine is the command that opens the learner's editor, as git chooses it.
func editorLine(getenv func(string) string) string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return "vi"
}

// offered hands the words that may end a line to the prompt that asked.
func (m *Model) offered(msg wordsMsg) {
	if m.at == screen.Shell {
		m.shell.Offer(msg.line, msg.words)
	} else if m.lab != nil {
		m.lab.Offer(msg.line, msg.words)
	}
}
