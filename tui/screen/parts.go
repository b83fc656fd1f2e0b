package screen

import (
	"podsec/kube"
	"podsec/tui/style"
)

// What a screen may do beyond being a Component. The app asks with a type assertion, and leaves alone what a screen
// does not implement. All of these methods return at once.
type (
	// Stateful is told the cluster's state whenever it changes, also while the screen is not shown.
	Stateful interface{ SetState(s kube.State) }
	// Styled is told how to look, before its first frame and whenever that changes.
	Styled interface{ SetStyles(st style.Styles) }
	// Informed is told what is known of the cluster in use.
	Informed interface{ SetCluster(c Cluster) }
	// Opener is told each time when its screen comes to be shown, and may ask for what it needs.
	Opener interface{ Open() Intent }
	// About is told what it is to be about: the About of a Show intent.
	About interface{ SetAbout(about any) Intent }
	// Typing is a screen that may be taking text: while it does, keys that print belong to it alone, and so does ctrl+c.
	Typing interface{ Typing() bool }
	// Paster takes text that was pasted. It may hold anything.
	Paster interface{ Paste(text string) Intent }
	// Clicker is told of a click of the left button, at a cell of the screen.
	Clicker interface{ Click(x, y int) Intent }
	// Wheeler is told of the wheel: lines to move, up when negative, at a cell of the screen.
	Wheeler interface{ Wheel(x, y, lines int) }
	// Starter is told when a lab starts from its beginning: what was counted since then is counted anew.
	Starter interface{ Started() }
)

// Subject is what the screen why is about, the About of its Show: an object of the cluster, or a command that was
// refused.
type Subject struct {
	// Kind, Namespace and Name are the object; APIVersion is "" when it is not known. Policy and Rule narrow the
	// explanation to one of each, "" for all.
	APIVersion, Kind, Namespace, Name string
	Policy, Rule                      string
	// Command is a command line, Folder where it ran, and Output what it printed.
	Command, Folder, Output string
	// Refused is what Kyverno said when it refused a request that is to be explained, of which only the object's name is known; ""
	// for other subjects. The app finds the command that sent it, if it was one of the lab's.
	Refused string
	// File is the file that the learner is to write at the current step, and Draft its text; both are "" at other steps.
	File, Draft string
}
