// Package process is what a command is given by whoever runs it: a folder, an environment and streams. A command that
// asks nothing else can run inside another program, as those of the lab's shell do, and in a process of its own.
package process
