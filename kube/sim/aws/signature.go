package aws

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	signatureAlgorithm = "AWS4-HMAC-SHA256 "
	amzDate            = "20060102T150405Z"
	skew               = 5 * time.Minute // how far AWS lets a client's clock be off
)

// claim is what the Authorization header of a request says.
type claim struct {
	accessKey, region, service string
	signed                     []string // names of headers
}

// parseClaim reads "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=…".
func parseClaim(header string) (claim, bool) {
	rest, ok := strings.CutPrefix(header, signatureAlgorithm)
	if !ok {
		return claim{}, false
	}
	var c claim
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope := strings.Split(value, "/")
			if len(scope) != 5 {
				return claim{}, false
			}
			c.accessKey, c.region, c.service = scope[0], scope[2], scope[3]
		case "SignedHeaders":
			c.signed = strings.Split(value, ";")
		}
	}
	return c, c.accessKey != "" && len(c.signed) > 0
}

// authenticate verifies a request's signature for a service. What it refuses, it refuses as AWS does.
func (a *Account) authenticate(r *http.Request, body []byte, service string) (caller, error) {
	header := r.Header.Get("Authorization")
	c, ok := parseClaim(header)
	switch {
	case header == "":
		return caller{}, refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
	case !ok:
		return caller{}, refusal("IncompleteSignatureException", "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.")
	case c.accessKey != AccessKeyID:
		return caller{}, refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
	case c.service != service:
		return caller{}, refusal("InvalidSignatureException", "Credential should be scoped to correct service: '%s'.", service)
	}
	at, err := time.Parse(amzDate, r.Header.Get("X-Amz-Date"))
	if err != nil {
		return caller{}, refusal("IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	// A client signs with its own clock, whatever the account's says.
	if off := time.Since(at); off > skew || off < -skew {
		return caller{}, refusal("InvalidSignatureException", "Signature expired: %s is now earlier than %s (%s - 5 min.)",
			at.Format(amzDate), time.Now().UTC().Add(-skew).Format(amzDate), time.Now().UTC().Format(amzDate))
	}
	want, err := sign(r, body, c, at)
	if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(strip(header))) != 1 {
		return caller{}, refusal("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return caller{region: c.region}, nil
}

// sign is the Authorization header that a request with a claim should have.
func sign(r *http.Request, body []byte, c claim, at time.Time) (string, error) {
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Header = http.Header{}
	again.URL.Host, again.URL.Scheme = r.Host, "http"
	again.ContentLength = 0
	for _, name := range c.signed {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	hash := sha256.Sum256(body)
	credentials := sdk.Credentials{AccessKeyID: AccessKeyID, SecretAccessKey: SecretAccessKey}
	err := v4.NewSigner().SignHTTP(r.Context(), credentials, again, hex.EncodeToString(hash[:]), c.service, c.region, at)
	return strip(again.Header.Get("Authorization")), err
}

// strip takes the blanks out of an Authorization header: clients differ in them.
func strip(header string) string { return strings.ReplaceAll(header, " ", "") }
