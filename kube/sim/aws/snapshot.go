package aws

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Snapshot is what an account had at one moment. It is immutable.
type Snapshot struct {
	keys       map[string][]key   // by region
	aliases    map[string][]alias // by region
	registries map[string]registrySnapshot
	tokens     map[string]time.Time
}

// registrySnapshot is a registry, with copies of its repositories.
type registrySnapshot struct {
	region       string
	repositories []*repository
}

// Snapshot takes a snapshot of the account.
func (a *Account) Snapshot() *Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.snapshot()
}

// snapshot is Snapshot for an account that is locked.
func (a *Account) snapshot() *Snapshot {
	s := &Snapshot{
		keys: map[string][]key{}, aliases: map[string][]alias{}, registries: map[string]registrySnapshot{}, tokens: maps.Clone(a.tokens),
	}
	for name, r := range a.regions {
		for _, k := range r.keys {
			s.keys[name] = append(s.keys[name], *k)
		}
		for _, x := range r.aliases {
			s.aliases[name] = append(s.aliases[name], *x)
		}
	}
	for host, reg := range a.registries {
		taken := registrySnapshot{region: reg.region}
		for _, repo := range reg.repositories {
			taken.repositories = append(taken.repositories, repo.clone())
		}
		s.registries[host] = taken
	}
	return s
}

// Restore makes a snapshot of this account what the account has.
func (a *Account) Restore(s *Snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.regions, a.registries, a.tokens = map[string]*region{}, map[string]*ociRegistry{}, maps.Clone(s.tokens)
	clear(a.throttled)
	if a.tokens == nil {
		a.tokens = map[string]time.Time{}
	}
	for name, keys := range s.keys {
		r := &region{name: name, keys: map[string]*key{}, aliases: map[string]*alias{}}
		for _, k := range keys {
			r.keys[k.id] = &k
		}
		for _, x := range s.aliases[name] {
			r.aliases[x.name] = &x
		}
		a.regions[name] = r
	}
	for host, taken := range s.registries {
		reg := a.newRegistry(host, taken.region)
		a.registries[host] = reg
		for _, repo := range taken.repositories {
			reg.load(repo.clone())
		}
	}
}

// Reset brings the account back to what it was seeded with.
func (a *Account) Reset() { a.Restore(a.baseline) }

// load takes a repository over, and has the protocol's handler know its manifests, in the order in which they came: an
// index is only accepted after what it lists.
func (reg *ociRegistry) load(repo *repository) {
	reg.repositories[repo.name] = repo
	for _, one := range repo.inOrder() {
		reg.forward(http.MethodPut, repo.name, one.digest, one.mediaType, one.raw)
	}
	for _, tag := range slices.Sorted(maps.Keys(repo.tags)) {
		one := repo.images[repo.tags[tag]]
		reg.forward(http.MethodPut, repo.name, tag, one.mediaType, one.raw)
	}
}
