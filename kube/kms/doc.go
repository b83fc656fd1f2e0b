// Package kms finds signing keys in AWS KMS by URIs as cosign and Kyverno have them: awskms:///alias/name, with a key's
// id or an ARN in place of the alias. Private keys never leave the service: it signs.
package kms
