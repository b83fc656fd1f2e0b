package policycheck

import (
	"errors"
	"fmt"
	"strings"

	"podsec/engine/wildcard"
)

// Account is one of Kyverno's controllers, whose service account needs permissions for what policies want.
type Account string

// The controllers whose permissions are looked at.
const (
	AdmissionController  Account = "admission-controller"
	BackgroundController Account = "background-controller"
	ReportsController    Account = "reports-controller"
	CleanupController    Account = "cleanup-controller"
)

// Permissions knows what the service accounts of Kyverno's controllers may do.
type Permissions interface {
	// User is the user name of a controller's service account; empty if there is no such controller.
	User(Account) string
	// May says whether a user may do something with the resources of a kind ("v1/Secret", "Pod"); a namespace or name that is
	// empty means all. It is an error if nobody serves the kind.
	May(user, verb, kind, namespace, name, subresource string) (bool, error)
}

// Cluster is what a policy is judged with.
type Cluster struct {
	Kinds       KindResolver // nil: every kind is taken to exist
	Permissions Permissions  // nil: everything is allowed
	Types       Types        // nil: expressions are not checked with the types of what they are about
}

// may returns the sentence that says which of the verbs a controller lacks, "" for none.
func (c *checker) may(account Account, verbs []string, kind, namespace, name, subresource string) (lacks string, err error) {
	user := c.permissions.User(account)
	if user == "" {
		return "", nil
	}
	var missing []string
	for _, verb := range verbs {
		allowed, err := c.permissions.May(user, verb, kind, namespace, name, subresource)
		if err != nil {
			return "", fmt.Errorf("failed to get GVR for kind %s", kind) //nolint:errorlint // Kyverno's text
		}
		if !allowed {
			missing = append(missing, verb)
		}
	}
	if len(missing) == 0 {
		return "", nil
	}
	if subresource != "" {
		kind += "/" + subresource
	}
	lacks = fmt.Sprintf("%s requires permissions %s for resource %s", user, strings.Join(missing, ","), kind)
	if namespace != "" {
		lacks += " in namespace " + namespace
	}
	return lacks, nil
}

// mayMutate requires that the background controller may read and change the targets of a mutate rule.
func (c *checker) mayMutate(r *rule) (path string, err error) {
	if c.permissions == nil || len(r.Mutate.ForEach) > 0 || r.Mutate.Targets == nil {
		return "", nil
	}
	refused := func(reason string) (string, error) {
		return "targets", fmt.Errorf("auth check fails, additional privileges are required for the service account '%s': %s",
			c.permissions.User(BackgroundController), reason)
	}
	var lacking []string
	for _, t := range r.Mutate.Targets {
		if strings.Contains(t.Kind, "{{") {
			continue
		}
		kind, subresource, _ := strings.Cut(t.Kind, "/")
		lacks, err := c.may(BackgroundController, []string{"get", "update"}, t.APIVersion+"/"+kind, t.Namespace, t.Name, subresource)
		if err != nil {
			return refused(err.Error())
		}
		if lacks != "" {
			lacking = append(lacking, lacks)
		}
	}
	if len(lacking) > 0 {
		return refused(strings.Join(lacking, "; "))
	}
	return "", nil
}

// mayGenerate requires that the controllers may read and make what a generate rule wants: the admission controller looks
// for what synchronizes, the background controller makes it.
func (c *checker) mayGenerate(r *rule) (path string, err error) {
	if c.permissions == nil {
		return "", nil
	}
	verbs := []string{"get", "create"}
	if r.Generate.Synchronize {
		if path, err := c.mayGenerateAs(AdmissionController, []string{"list", "get"}, r.Generate); err != nil {
			return path, err
		}
		verbs = []string{"get", "create", "update", "delete"}
	}
	return c.mayGenerateAs(BackgroundController, verbs, r.Generate)
}

func (c *checker) mayGenerateAs(account Account, verbs []string, g *generation) (path string, err error) {
	if g.ForEach == nil {
		return "", c.mayGeneratePattern(account, verbs, &g.generatePattern)
	}
	for i := range g.ForEach {
		if err := c.mayGeneratePattern(account, verbs, &g.ForEach[i].generatePattern); err != nil {
			return "foreach", err
		}
	}
	return "", nil
}

// mayGeneratePattern looks at what a pattern makes; of several kinds to clone Kyverno only looks at the first.
func (c *checker) mayGeneratePattern(account Account, verbs []string, g *generatePattern) error {
	kind := g.APIVersion + "/" + g.Kind
	if len(g.CloneList.Kinds) > 0 {
		kind = g.CloneList.Kinds[0]
	}
	if strings.Contains(kind, "{{") {
		return nil
	}
	lacks, err := c.may(account, verbs, kind, g.Namespace, "", "")
	if err == nil && lacks != "" {
		err = errors.New(lacks)
	}
	return err
}

// warnReports warns of kinds that the reports controller cannot read. Of a rule that validates only the first such kind is
// told.
func (c *checker) warnReports(r *rule) {
	if c.permissions == nil {
		return
	}
	for _, kind := range r.Match.kinds() {
		if wildcard.In(kind) {
			return
		}
		lacks, err := c.may(ReportsController, []string{"get", "list", "watch"}, kind, "", "", "")
		if err != nil || lacks == "" {
			continue
		}
		c.warn("%s", lacks)
		if r.hasValidate() {
			return
		}
	}
}
