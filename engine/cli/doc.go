// Package cli is the `kyverno` command: test, apply, version and jp, with the arguments, the file formats, the output
// and the exit statuses of the Kyverno CLI 1.19, on podsec's engine. What it needs from outside (URLs, a cluster) comes
// through Options.
package cli
