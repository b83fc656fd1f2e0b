package aws

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// Endpoints say how clients outside this process reach an account.
type Endpoints struct {
	URL      string // "http://127.0.0.1:40111", where all services answer
	Registry string // "127.0.0.1:40111", the registry for tools that know nothing of the account
	// Environment is what makes the real aws command, the SDKs and podsec's own commands use the account ("KEY=value").
	Environment []string
}

// Serve serves the account on a TCP address (port 0 takes a free one) until ctx ends.
func (a *Account) Serve(ctx context.Context, address string) (Endpoints, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return Endpoints{}, fmt.Errorf("listen on %s: %w", address, err)
	}
	server := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // closing a listener does not go wrong in a way that matters
	go func() { _ = server.Serve(listener) }()            // always http.ErrServerClosed after that
	return a.endpoints(listener.Addr().String()), nil
}

func (a *Account) endpoints(address string) Endpoints {
	url := "http://" + address
	return Endpoints{URL: url, Registry: address, Environment: []string{
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
		"AWS_REGION=" + a.options.Region,
		"AWS_DEFAULT_REGION=" + a.options.Region,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL_KMS=" + url,
		"AWS_ENDPOINT_URL_ECR=" + url,
		"AWS_ENDPOINT_URL_STS=" + url,
		"PODSEC_REGISTRY_MIRROR=" + strings.Join(a.mirrors(url), ","),
	}}
}

// mirrors maps the names of all registries that the account answers for to a URL, as PODSEC_REGISTRY_MIRROR has them.
func (a *Account) mirrors(url string) []string {
	hosts := []string{"*.dkr.ecr.*.amazonaws.com"}
	a.mu.Lock()
	defer a.mu.Unlock()
	for host, reg := range a.registries {
		if reg.region == "" {
			hosts = append(hosts, host)
		}
	}
	list := make([]string, len(hosts))
	for i, host := range hosts {
		list[i] = host + "=" + url
	}
	return list
}
