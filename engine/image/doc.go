// Package image signs container images and verifies their signatures, compatibly with cosign and with Kyverno 1.19.
//
// Two forms of signatures are written and read: cosign's tags beside the image ("sha256-….sig" with simple signing
// payloads, "sha256-….att" with attestations) and sigstore bundles v0.3, which refer to the image as OCI referrers. Keys
// are genuine, and so is every signature. Error texts are cosign's and Kyverno's.
//
// The package reaches registries only through the options that a Registry was made with, and keys that policies name
// only through the interfaces Secrets and KMS. Transparency logs, certificate authorities and Notary are not asked.
package image
