package aws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // of the longer algorithms
)

// spec is a kind of key: how it is made and what it signs with.
type spec struct {
	generate   func() (crypto.Signer, error) // nil for keys that only encrypt
	algorithms []string
}

const symmetric = "SYMMETRIC_DEFAULT"

// specs are the key specs of KMS that are simulated, by name.
var specs = map[string]spec{
	symmetric:       {},
	"ECC_NIST_P256": {generate: curve(elliptic.P256()), algorithms: []string{"ECDSA_SHA_256"}},
	"ECC_NIST_P384": {generate: curve(elliptic.P384()), algorithms: []string{"ECDSA_SHA_384"}},
	"ECC_NIST_P521": {generate: curve(elliptic.P521()), algorithms: []string{"ECDSA_SHA_512"}},
	"RSA_2048":      {generate: modulus(2048), algorithms: rsaAlgorithms},
	"RSA_3072":      {generate: modulus(3072), algorithms: rsaAlgorithms},
	"RSA_4096":      {generate: modulus(4096), algorithms: rsaAlgorithms},
}

var rsaAlgorithms = []string{
	"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
	"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
}

// hashes are the hashes of signing algorithms.
var hashes = map[string]crypto.Hash{
	"ECDSA_SHA_256": crypto.SHA256, "ECDSA_SHA_384": crypto.SHA384, "ECDSA_SHA_512": crypto.SHA512,
	"RSASSA_PKCS1_V1_5_SHA_256": crypto.SHA256, "RSASSA_PKCS1_V1_5_SHA_384": crypto.SHA384, "RSASSA_PKCS1_V1_5_SHA_512": crypto.SHA512,
	"RSASSA_PSS_SHA_256": crypto.SHA256, "RSASSA_PSS_SHA_384": crypto.SHA384, "RSASSA_PSS_SHA_512": crypto.SHA512,
}

func curve(c elliptic.Curve) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return ecdsa.GenerateKey(c, rand.Reader) }
}

func modulus(bits int) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) }
}
