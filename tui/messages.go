package tui

import (
	"time"

	"podsec/kube"
	"podsec/labs"
)

// The results of commands. Those that answer a request carry its number: an answer to a request that was given up is
// dropped.
type (
	connectedMsg struct {
		id      int
		cluster Cluster
		err     error
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
		session Session
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
	tickMsg  struct {
		id int
		at time.Time
	}
)
