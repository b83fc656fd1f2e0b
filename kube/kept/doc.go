// Package kept runs the commands of a program in a process that stays for the next command: a big program takes longer to
// start than most of its commands take to run.
//
// Start starts the process, and Serve is what it does. A command gets streams of its own, as if it were a process; folder
// and environment are those that the process was started with. Whoever cannot go on, as a command that exits the process,
// ends it: the next command takes another one.
package kept
