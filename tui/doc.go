// Package tui is the workshop in a terminal.
//
// Its root is the only tea.Model. It routes: sizes to all, keys to the dialog on top, then to the keys that work
// everywhere, then to the screen; results to the request they answer, by its number. Screens are components that draw
// themselves and answer a key with an intent; what an intent asks for, the root does in a command, so that nothing here
// waits in Update or View. What is drawn from a cluster, a command or a lab's files went through text.Clean.
package tui
