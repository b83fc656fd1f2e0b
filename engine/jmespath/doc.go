// Package jmespath is JMESPath as Kyverno speaks it: Kyverno's own dialect of the language (an unknown key is an error,
// not null) with Kyverno's functions. Values are JSON values with numbers as float64.
//
// What depends on the world (the time, random numbers, the network, image references) comes in through Options.
package jmespath
