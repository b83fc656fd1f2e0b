// Package openapi writes the OpenAPI v3 documents that kubectl reads from an API server: what it explains fields with,
// how it merges lists when it applies, and whether it may leave the validation of fields to the server. The schemas of
// built-in kinds are read off their Go types, with the descriptions that k8s.io/api carries.
package openapi
