// Package files reads what command lines of the Kyverno CLI name: YAML files, folders and standard input, with
// policies, resources and exceptions. It reads through the operating system and an injected fetcher, and decodes as the
// Kyverno CLI 1.19 does.
package files
