// Package screen is what the app's screens have in common: the size and keys of a component, and the intents by which a
// screen asks the app for what it may not do itself.
package screen

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Component is a part of the screen that takes keys. It does no I/O: a key that needs any answers with an intent.
type Component interface {
	// SetSize says how many cells the component has.
	SetSize(width, height int)
	// Key handles a key and returns what it asks of the app, nil for nothing.
	Key(k tea.KeyPressMsg) Intent
	// View draws the component: its lines, in exactly its size.
	View() []string
	// Keys are the keys that do something now, the most useful first, in groups for the overview of all keys.
	Keys() []Group
}

// Worker is a component that has work done beside the app.
type Worker interface {
	Component
	// Done hands over the result of a Do that the component asked for. The answer to one that was replaced never comes.
	Done(id string, result any, err error) Intent
}

// Group is keys that belong together.
type Group struct {
	Title string
	Keys  []key.Binding
}

// Intent is what a screen asks of the app.
type Intent interface{ intent() }

// The intents.
type (
	// OpenLab opens the lab with the given index and goes to its screen: at a step, counted from 1, or where the learner
	// was when that is 0.
	OpenLab struct{ Index, Step int }
	// Press does what a key does, by its name.
	Press struct{ Key string }
	// Theme changes the look of the app: "auto", "dark", "light", "contrast", "plain".
	Theme struct{ Name string }
	// Leave goes back from a lab to the home screen.
	Leave struct{}
	// Finish leaves a lab that is done to its end.
	Finish struct{}
	// Quit ends the app.
	Quit struct{}
	// Connect starts the cluster again after it could not be reached.
	Connect struct{}
	// Places lists the clusters that the learner may change to.
	Places struct{}
	// Look finds out about one of them, by its number in the list, and asks the learner; LookAway gives that up.
	Look     struct{ Place int }
	LookAway struct{}
	// Move changes to one of them.
	Move struct{ Place int }
	// Run runs the current step.
	Run struct{}
	// Solve applies the solution of the current step.
	Solve struct{}
	// Exec runs a line of the learner's own in the lab's folder.
	Exec struct{ Line string }
	// Complete asks for the words that may end a line of the learner's own.
	Complete struct{ Line string }
	// Enter takes the lab to a step as if the learner had come there.
	Enter struct{ Step int }
	// Save saves the file of the current step, and follows Then when that went well.
	Save struct {
		Text string
		Then Intent
	}
	// Adopt makes a text that of the current step's File and opens it: the fix that was found. It was made from the text
	// Was, and is nothing once that is not what the file holds.
	Adopt struct{ File, Was, Text string }
	// Restore takes the file of the current step back to its last good version.
	Restore struct{}
	// External opens the file of the current step in the learner's own editor.
	External struct{}
	// Check checks the current step without running its command.
	Check struct{}
	// Cancel stops what is running.
	Cancel struct{}
	// Reset takes the lab and its cluster back to the start.
	Reset struct{}
	// Moved says that the position in the lab or its done steps changed and are to be kept.
	Moved struct{}
	// Noted says what a step took: how many rungs of its hints were shown, or whether the answer to its question was
	// right.
	Noted struct {
		Hints int
		Right *bool
	}
	// Goto goes to a step of the lab.
	Goto struct{ Step int }
	// Copy puts text on the clipboard; What names it for the learner.
	Copy struct{ What, Text string }
	// Ask asks the learner before an intent is followed.
	Ask struct {
		Title, Text, Yes string
		Then             Intent
		// No is the other answer, when it is more than leaving everything as it is, and Else its intent.
		No   string
		Else Intent
	}
	// Consent has the learner type words before an intent is followed.
	Consent struct {
		Title, Text string
		Questions   []Question // one after the other
		Then        Intent
	}
	// Choose lets the learner choose one of a list.
	Choose struct {
		Title  string
		Items  []Item
		Cursor int
	}
	// Do has Work done beside the app, and its result handed to the Worker that asked. What names it for the learner
	// while it runs. Another Do with the same ID cancels and replaces the first one; leaving the screen cancels all.
	Do struct {
		ID, What string
		Work     func(ctx context.Context) (any, error)
	}
	// Both does one thing beside another one.
	Both struct{ First, Second Intent }
	// Show goes to one of the app's screens. About, when not nil, is handed to a screen that is an About: the screen
	// Why wants a Subject.
	Show struct {
		Screen Name
		About  any
	}
	// Back goes to the screen that was shown before.
	Back struct{}
	// Tell shows a short message until the next key, or, if it says to wait for what runs, until that ends.
	Tell struct {
		Text string
		Wait bool
	}
)

// Question asks for a word to be typed.
type Question struct{ Ask, Want string }

// Item is a line of a list to choose from.
type Item struct {
	Mark, Text, Note string
	Then             Intent
}

// Name names a screen.
type Name string

// The screens.
const (
	Home     Name = "home"
	Lab      Name = "lab"
	Objects  Name = "cluster"
	Policies Name = "policies"
	Reports  Name = "reports"
	Shell    Name = "shell"
	Why      Name = "why"
)

func (Do) intent()       {}
func (Both) intent()     {}
func (Show) intent()     {}
func (Solve) intent()    {}
func (Exec) intent()     {}
func (Complete) intent() {}
func (Enter) intent()    {}
func (Save) intent()     {}
func (Restore) intent()  {}
func (Adopt) intent()    {}
func (External) intent() {}
func (Noted) intent()    {}
func (Press) intent()    {}
func (Theme) intent()    {}
func (Back) intent()     {}
func (OpenLab) intent()  {}
func (Leave) intent()    {}
func (Finish) intent()   {}
func (Quit) intent()     {}
func (Connect) intent()  {}
func (Places) intent()   {}
func (Look) intent()     {}
func (LookAway) intent() {}
func (Move) intent()     {}
func (Run) intent()      {}
func (Check) intent()    {}
func (Cancel) intent()   {}
func (Reset) intent()    {}
func (Moved) intent()    {}
func (Goto) intent()     {}
func (Copy) intent()     {}
func (Ask) intent()      {}
func (Consent) intent()  {}
func (Choose) intent()   {}
func (Tell) intent()     {}
