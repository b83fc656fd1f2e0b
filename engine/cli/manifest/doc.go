// Package manifest holds the file formats of cli.kyverno.io/v1alpha1 (tests, values, user infos, contexts and cluster
// resources), spelled as the Kyverno CLI 1.19 reads them. Unknown fields are errors.
package manifest
