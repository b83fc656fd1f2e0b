// Package aws is an AWS account in this process, as far as the workshop needs one: Amazon ECR (its API and its OCI
// registry), AWS KMS with real signing keys, and AWS STS, behind the protocols that the real ones speak. Clients cannot
// tell them apart by what they send: requests are signed (Signature Version 4) and the signature is verified, errors
// have AWS's types and texts, resources belong to a region, and a push to a repository that nobody created is refused.
//
// An account is reached in process (Transport) or over loopback (Serve). Nothing is written to disk: private keys exist
// in memory only, and end with the account.
package aws
