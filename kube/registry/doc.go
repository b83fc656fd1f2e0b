// Package registry says how commands reach container registries: with which credentials, and where a registry of the
// simulated account really answers.
//
// Credentials are those of docker login, from the file that DOCKER_CONFIG leads to. A registry's name can be led to
// another address by the variable PODSEC_REGISTRY_MIRROR: "HOST=URL", several with commas between them; a * in HOST is
// any part of the name without a dot in it. Clients go on using the name, so what they sign and print has it.
package registry
