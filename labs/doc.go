// Package labs is the workshop: labs read from folders of Markdown and YAML, run step by step on a cluster, and checked
// by what is true in the cluster afterwards or by what the command answered. It knows a cluster only through the
// Kubernetes API, so a lab is the same on a simulated and on a real one.
package labs
