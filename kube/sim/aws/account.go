package aws

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/uuid"
)

// Credentials of the account's only user, which AWS's documentation uses as examples. They open nothing else.
const (
	AccessKeyID     = "AKIAIOSFODNN7EXAMPLE"
	SecretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" //nolint:gosec // published as an example
)

// Options set up an Account. The zero value is an account with the defaults that the fields name.
type Options struct {
	// Account is the account's number; "" is 111122223333.
	Account string
	// Region is where a client is that does not say so, as one that uses the loopback address of the registry; "" is
	// us-east-1.
	Region string
	// Clock says what time it is; nil is time.Now.
	Clock func() time.Time
	// NewID makes the ids of keys; nil makes random UUIDs.
	NewID func() string
	// Anonymous lets the registry be used without logging in.
	Anonymous bool
}

// Account is a simulated AWS account. It is safe for concurrent use.
type Account struct {
	options  Options
	services map[string]service // by the prefix of X-Amz-Target

	blobs *blobs

	mu         sync.Mutex // guards all that follows, and what it leads to
	regions    map[string]*region
	registries map[string]*ociRegistry // by host
	baseline   *Snapshot               // what Reset goes back to
	tokens     map[string]time.Time    // registry passwords and when they expire
	throttled  map[string]int          // requests of an operation that are still to be refused
	sequence   int                     // of pushes
}

// region is what the account has in a region, besides its registry.
type region struct {
	name    string
	keys    map[string]*key // by id
	aliases map[string]*alias
}

// New makes an account with nothing in it.
func New(o Options) *Account {
	if o.Account == "" {
		o.Account = "111122223333"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	a := &Account{options: o, throttled: map[string]int{}, blobs: &blobs{all: map[v1.Hash][]byte{}}}
	a.services = map[string]service{"TrentService": a.kms(), "AmazonEC2ContainerRegistry_V20150921": a.ecr()}
	a.baseline = &Snapshot{}
	a.Reset()
	return a
}

// ID is the account's number.
func (a *Account) ID() string { return a.options.Account }

// Region is where clients are that do not say so.
func (a *Account) Region() string { return a.options.Region }

// RegistryHost is the name of the account's registry in its own region.
func (a *Account) RegistryHost() string { return a.registryHost(a.options.Region) }

func (a *Account) registryHost(region string) string {
	return fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com", a.options.Account, region)
}

// Throttle has the next n requests of an operation ("Sign", "GetPublicKey", …) refused for coming too fast.
func (a *Account) Throttle(operation string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.throttled[operation] = n
}

// region returns a region, which exists once somebody asks for it. The account is locked.
func (a *Account) region(name string) *region {
	r := a.regions[name]
	if r == nil {
		r = &region{name: name, keys: map[string]*key{}, aliases: map[string]*alias{}}
		a.regions[name] = r
	}
	r.expire(a.now())
	return r
}

// expire removes the keys whose waiting period before their deletion is over, with their aliases.
func (r *region) expire(now time.Time) {
	maps.DeleteFunc(r.keys, func(_ string, k *key) bool { return k.state == pendingDeletion && !now.Before(k.deletion) })
	maps.DeleteFunc(r.aliases, func(_ string, x *alias) bool { return r.keys[x.key] == nil })
}

// arn names a resource of the account.
func (a *Account) arn(service, region, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, a.options.Account, resource)
}

// now is the time as AWS keeps it, to the millisecond.
func (a *Account) now() time.Time { return a.options.Clock().UTC().Truncate(time.Millisecond) }

// ServeHTTP answers as AWS: requests of the registry protocol (/v2/) as the registry whose name the Host header has,
// others by the service that they are signed for.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isRegistry(r.URL.Path) {
		a.serveRegistry(w, r)
		return
	}
	a.serveAPI(w, r)
}
