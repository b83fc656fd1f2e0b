// Package document reads Kubernetes objects from YAML or JSON text and remembers where every field stands, so that a
// field path ("spec.rules[0].validate.pattern") can be shown as file:line, and an object can be changed while the
// comments of its text are kept.
//
// Objects are decoded as kubectl does (YAML 1.1: an unquoted y is true); places come from go.yaml.in/yaml/v3.
package document
