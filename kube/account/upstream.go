package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

// upstream sends requests to AWS with the user's credentials.
type upstream struct {
	config    aws.Config
	signer    *v4.Signer
	endpoints map[string]*url.URL // by service
}

func newUpstream(ctx context.Context, config aws.Config) (*upstream, error) {
	u := &upstream{config: config, signer: v4.NewSigner(), endpoints: map[string]*url.URL{}}
	for _, service := range []string{"kms", "ecr", "sts"} {
		found, err := u.endpoint(ctx, service)
		if err != nil {
			return nil, fmt.Errorf("find endpoint of %s: %w", service, err)
		}
		u.endpoints[service] = found
	}
	return u, nil
}

// reply is AWS's answer to a question.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send asks AWS a question once: whoever asked the gate tries again.
func (u *upstream) send(r *http.Request, q *question) (*reply, error) {
	request, err := u.request(r, q)
	if err != nil {
		return nil, err
	}
	answer, err := u.client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("reach AWS: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read answer of AWS: %w", err)
	}
	return &reply{answer.StatusCode, answer.Header, body}, nil
}

// client is the configuration's.
func (u *upstream) client() aws.HTTPClient {
	if u.config.HTTPClient == nil {
		return http.DefaultClient
	}
	return u.config.HTTPClient
}

// request is a request with the headers that matter, signed anew.
func (u *upstream) request(r *http.Request, q *question) (*http.Request, error) {
	credentials, without := credentialsOf(r.Context(), u.config)
	if without != nil {
		without.Problem = "credentials: " + without.Problem
		return nil, &Error{Trouble: *without}
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, u.endpoints[q.service].String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", q.service, err)
	}
	for _, name := range []string{"Content-Type", "X-Amz-Target", "Accept", "User-Agent"} {
		if values := r.Header.Values(name); len(values) > 0 {
			request.Header[name] = values
		}
	}
	hash := sha256.Sum256(q.body)
	if err := u.signer.SignHTTP(r.Context(), credentials, request, hex.EncodeToString(hash[:]), q.service, u.config.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	return request, nil
}

// endpoint is where a service answers, as the SDK's own clients find it: by region, or where the configuration says.
func (u *upstream) endpoint(ctx context.Context, service string) (*url.URL, error) {
	var (
		found smithyendpoints.Endpoint
		err   error
	)
	switch service {
	case "kms":
		o := kms.NewFromConfig(u.config).Options()
		fips, dual := endpointStates(o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint)
		found, err = o.EndpointResolverV2.ResolveEndpoint(ctx, kms.EndpointParameters{Region: &o.Region, Endpoint: o.BaseEndpoint, UseFIPS: fips, UseDualStack: dual})
	case "ecr":
		o := ecr.NewFromConfig(u.config).Options()
		fips, dual := endpointStates(o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint)
		found, err = o.EndpointResolverV2.ResolveEndpoint(ctx, ecr.EndpointParameters{Region: &o.Region, Endpoint: o.BaseEndpoint, UseFIPS: fips, UseDualStack: dual})
	default:
		o := sts.NewFromConfig(u.config).Options()
		fips, dual := endpointStates(o.EndpointOptions.UseFIPSEndpoint, o.EndpointOptions.UseDualStackEndpoint)
		found, err = o.EndpointResolverV2.ResolveEndpoint(ctx, sts.EndpointParameters{Region: &o.Region, Endpoint: o.BaseEndpoint, UseFIPS: fips, UseDualStack: dual, UseGlobalEndpoint: aws.Bool(false)})
	}
	if err == nil && found.URI.Path == "" {
		found.URI.Path = "/"
	}
	return &found.URI, err
}

func endpointStates(fips aws.FIPSEndpointState, dual aws.DualStackEndpointState) (*bool, *bool) {
	return aws.Bool(fips == aws.FIPSEndpointStateEnabled), aws.Bool(dual == aws.DualStackEndpointStateEnabled)
}

// write hands an answer on as it is.
func (a *reply) write(w http.ResponseWriter) {
	for _, name := range []string{"Content-Type", "X-Amzn-Requestid", "X-Amz-Crc32", "Date"} {
		if values := a.header.Values(name); len(values) > 0 {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone
}
