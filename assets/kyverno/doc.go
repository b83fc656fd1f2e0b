// Package kyverno holds what the Helm chart of Kyverno 1.19.1 puts into a cluster: the definitions of its custom
// resources and its other objects, as the project itself renders them.
//
// The data under chart/ is made from the Kyverno module by the program in generate; nothing in it is written by hand.
// It is Kyverno's work, under the Apache License 2.0: see NOTICE.
package kyverno

//go:generate go run podsec/assets/kyverno/generate -o chart
