package jmespath

import (
	"crypto/md5"  //nolint:gosec // a function of the language, not a protection
	"crypto/sha1" //nolint:gosec // a function of the language, not a protection
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"

	"crypto/rsa"
)

// encodingFunctions encode, hash and read certificates.
func encodingFunctions() []function {
	return []function{
		onTexts("base64_decode", 1, func(a []string) (any, error) {
			data, err := base64.StdEncoding.DecodeString(a[0])
			if err != nil {
				return nil, err
			}
			return string(data), nil
		}),
		onTexts("base64_encode", 1, func(a []string) (any, error) {
			return base64.StdEncoding.EncodeToString([]byte(a[0])), nil
		}),
		onTexts("sha256", 1, func(a []string) (any, error) {
			sum := sha256.Sum256([]byte(a[0]))
			return hex.EncodeToString(sum[:]), nil
		}),
		onTexts("sha1", 1, func(a []string) (any, error) {
			sum := sha1.Sum([]byte(a[0])) //nolint:gosec // see above
			return hex.EncodeToString(sum[:]), nil
		}),
		onTexts("md5", 1, func(a []string) (any, error) {
			sum := md5.Sum([]byte(a[0])) //nolint:gosec // see above
			return hex.EncodeToString(sum[:]), nil
		}),
		onTexts("x509_decode", 1, func(a []string) (any, error) { return decodeX509(a[0]) }),
	}
}

// publicKey is an RSA key as x509_decode shows it.
type publicKey struct {
	N string
	E int
}

// decodeX509 reads a certificate or a request for one, in PEM and with an RSA key, as an object.
func decodeX509(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("failed to decode PEM block")
	}
	switch block.Type {
	case "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if cert.PublicKey, err = describeKey(cert.PublicKey); err != nil {
			return nil, err
		}
		return toObject(cert)
	case "CERTIFICATE REQUEST":
		request, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return nil, err
		}
		if request.PublicKey, err = describeKey(request.PublicKey); err != nil {
			return nil, err
		}
		return toObject(request)
	}
	return nil, errors.New("PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST")
}

func describeKey(key any) (publicKey, error) {
	rsaKey, ok := key.(*rsa.PublicKey)
	if !ok {
		return publicKey{}, errors.New("certificate should use rsa algorithm")
	}
	return publicKey{N: rsaKey.N.String(), E: rsaKey.E}, nil
}

func toObject(value any) (any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return parseJSON(data)
}
