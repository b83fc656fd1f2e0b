// Package cli holds the commands about clusters: `podsec sim`, which serves a simulated one, and the real kubectl.
package cli
