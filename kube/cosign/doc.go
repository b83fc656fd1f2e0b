// Package cosign is a stand-in for cosign v3: generate-key-pair, public-key, sign, verify, attest, verify-attestation,
// triangulate, tree and version, with cosign's flags, texts and exit codes.
//
// Signatures are genuine and in cosign's formats. Two things differ on purpose: nothing is ever published in a
// transparency log, and without --new-bundle-format both formats are written, cosign's tag and the bundle. What needs
// the public sigstore services (keyless signing) is refused.
package cosign
