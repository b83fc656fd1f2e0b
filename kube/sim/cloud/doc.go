// Package cloud puts a simulated cluster into a simulated AWS account: the cluster's Kyverno reads the account's
// registries and keys, commands are led to both by their environment, and both go back to their beginning together.
package cloud
