package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsec/kube"
	"podsec/labs"
	"podsec/tui/screen"
)

// The results of commands. Those that answer a request carry its number: an answer to a request that was given up is
// dropped.
type (
	connectedMsg struct {
		id      int
		cluster Cluster
		err     error
	}
	// placesMsg is the clusters to choose from; asked says that the learner wants to see the list.
	placesMsg struct {
		all   []Place
		err   error
		asked bool
	}
	// lookedMsg says what the place with the given number in the list is.
	lookedMsg struct {
		id, place int
		sight     Sight
		err       error
	}
	stateMsg struct {
		id     int
		state  kube.State
		closed bool
	}
	filesMsg struct {
		lab   string
		files map[string]string
	}
	openedMsg struct {
		id      int
		step    int
		session Session
		left    []leftover // what is on the cluster, and not from the lab
		err     error
	}
	outputMsg struct {
		id   int
		text string
	}
	finishedMsg struct {
		id      int
		outcome labs.Outcome
		err     error
		at      time.Time
	}
	checkedMsg struct {
		id      int
		results []labs.CheckResult
		err     error
	}
	resetMsg struct {
		id  int
		err error
	}
	savedMsg struct{ err error }
	// enteringMsg says how far Enter is.
	enteringMsg struct {
		id, done, of int
		more         tea.Cmd // waits for the next one
	}
	enteredMsg struct {
		id, step int
		err      error
	}
	// textMsg is the file of an edit step as it is now.
	textMsg struct {
		session Session
		step    int
		text    string
		err     error
	}
	// storedMsg says that such a file was saved.
	storedMsg struct {
		session Session
		step    int
		text    string
		then    screen.Intent
		err     error
	}
	// wordsMsg is the words that may end a line.
	wordsMsg struct {
		line  string
		words []string
		err   error
	}
	// executedMsg says that the learner's own line ended; a step with a goal is judged now.
	executedMsg struct {
		id, exit int
		err      error
		at       time.Time
	}
	tickMsg struct {
		id int
		at time.Time
	}
)
