// Package cli has the commands that work with labs without the terminal app: run, labs, lint, export, report and notes.
// What they need is given to them, so that they know neither where the labs come from nor what kind of cluster they run
// on.
package cli
