// Package store is the simulated cluster's etcd: objects in memory under one growing resourceVersion, with a bounded
// history of changes from which watches and paged lists are served.
//
// What it guarantees: every write has its own resourceVersion; a reader sees all writes up to a resourceVersion or
// none; whoever asks for changes after a resourceVersion gets each of them once and in order, or ErrExpired when the
// history no longer reaches back so far. Stored objects never change: a write replaces them.
package store
