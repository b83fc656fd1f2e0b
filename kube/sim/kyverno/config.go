package kyverno

import (
	"encoding/json"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/wildcard"
)

// config is what the ConfigMap "kyverno" says (Kyverno's pkg/config). An absent ConfigMap is the zero config. Values
// that cannot be read count as absent.
type config struct {
	filters  engine.ResourceFilters
	excluded subjects
	included subjects // written with "!": never excluded

	namespaceSelector *metav1.LabelSelector // of the resource webhooks
	objectSelector    *metav1.LabelSelector
	success           bool              // events about work that was done are written (generateSuccessEvents)
	annotations       map[string]string // of the webhook configurations
	labels            map[string]string
	matchConditions   []admissionregistrationv1.MatchCondition
}

// subjects are wildcard patterns of who makes requests.
type subjects struct {
	groups, usernames, roles, clusterRoles []string
}

// parseConfig reads the ConfigMap; nil is an absent one.
func parseConfig(object *unstructured.Unstructured) *config {
	c := &config{}
	if object == nil {
		return c
	}
	data, _, _ := unstructured.NestedStringMap(object.Object, "data")
	c.filters = engine.ParseResourceFilters(data["resourceFilters"])
	c.excluded.groups, c.included.groups = parseExclusions(data["excludeGroups"])
	c.excluded.usernames, c.included.usernames = parseExclusions(data["excludeUsernames"])
	c.excluded.roles, c.included.roles = parseExclusions(data["excludeRoles"])
	c.excluded.clusterRoles, c.included.clusterRoles = parseExclusions(data["excludeClusterRoles"])
	c.success = data["generateSuccessEvents"] == "true"
	c.parseWebhooks(data)
	return c
}

// parseWebhooks reads the values that are JSON.
func (c *config) parseWebhooks(data map[string]string) {
	var selectors struct {
		NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
		ObjectSelector    *metav1.LabelSelector `json:"objectSelector"`
	}
	if decode(data["webhooks"], &selectors) {
		c.namespaceSelector, c.objectSelector = selectors.NamespaceSelector, selectors.ObjectSelector
	}
	decode(data["webhookAnnotations"], &c.annotations)
	decode(data["webhookLabels"], &c.labels)
	decode(data["matchConditions"], &c.matchConditions)
}

// decode reads a JSON value and says whether there was one.
func decode(text string, into any) bool {
	return text != "" && json.Unmarshal([]byte(text), into) == nil
}

// parseExclusions splits a comma-separated list into what is excluded and what is included ("!name").
func parseExclusions(text string) (excluded, included []string) {
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		name, negated := strings.CutPrefix(entry, "!")
		switch name = strings.TrimSpace(name); {
		case name == "":
		case negated:
			included = append(included, name)
		default:
			excluded = append(excluded, name)
		}
	}
	return excluded, included
}

// excludes says whether requests of this user are let through unseen.
func (c *config) excludes(user authenticationv1.UserInfo, roles, clusterRoles []string) bool {
	return !c.included.match(user, roles, clusterRoles) && c.excluded.match(user, roles, clusterRoles)
}

func (s subjects) match(user authenticationv1.UserInfo, roles, clusterRoles []string) bool {
	return anyMatch(s.usernames, []string{user.Username}) || anyMatch(s.groups, user.Groups) ||
		anyMatch(s.roles, roles) || anyMatch(s.clusterRoles, clusterRoles)
}

func anyMatch(patterns, values []string) bool {
	for _, pattern := range patterns {
		for _, value := range values {
			if wildcard.Match(pattern, value) {
				return true
			}
		}
	}
	return false
}

// filtered says whether the resource filters take a resource out of admission.
func (c *config) filtered(gvk schema.GroupVersionKind, subresource, namespace, name string) bool {
	_, ok := c.filters.Find(gvk, subresource, namespace, name)
	return ok
}
