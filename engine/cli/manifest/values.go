package manifest

import (
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// Values is a values file.
type Values struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	ValuesSpec        `json:",inline"`
}

// ValuesSpec gives variables their values.
type ValuesSpec struct {
	GlobalValues       map[string]any      `json:"globalValues"`
	Policies           []PolicyValues      `json:"policies"`
	NamespaceSelectors []NamespaceSelector `json:"namespaceSelector"`
	Namespaces         []corev1.Namespace  `json:"namespaces"`
	Subresources       []Subresource       `json:"subresources"`
}

// PolicyValues are the values for one policy: for single resources and for single rules.
type PolicyValues struct {
	Name      string           `json:"name"`
	Resources []ResourceValues `json:"resources"`
	Rules     []RuleValues     `json:"rules"`
}

// ResourceValues are the values for one resource.
type ResourceValues struct {
	Name   string         `json:"name"`
	Values map[string]any `json:"values"`
}

// RuleValues are the values for one rule.
type RuleValues struct {
	Name          string           `json:"name"`
	Values        map[string]any   `json:"values"`
	ForeachValues map[string][]any `json:"foreachValues"`
}

// NamespaceSelector gives a namespace its labels.
type NamespaceSelector struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

// Subresource says which kind of object is sent to which subresource.
type Subresource struct {
	Subresource    metav1.APIResource `json:"subresource"`
	ParentResource metav1.APIResource `json:"parentResource"`
}

// UserInfo is a user info file: who sends the requests.
type UserInfo struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	RequestInfo       `json:",inline"`
}

// RequestInfo is who sends a request, and what roles they have.
type RequestInfo struct {
	Roles        []string                  `json:"roles"`
	ClusterRoles []string                  `json:"clusterRoles"`
	User         authenticationv1.UserInfo `json:"userInfo"`
	// Synchronize is read by Kyverno and used nowhere.
	Synchronize bool `json:"synchronize"`
}

// ClusterResource is a file of what a cluster would hold.
type ClusterResource struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		CRDs      []string                     `json:"crds"`
		Resources []*unstructured.Unstructured `json:"resources"`
	} `json:"spec"`
}

// ParseValues reads a values file.
func ParseValues(data []byte) (*Values, error) {
	var values Values
	if err := yaml.UnmarshalStrict(data, &values); err != nil {
		return nil, err
	}
	return &values, nil
}

// Deprecated says whether the file has no apiVersion or kind, which is refused since Kyverno 1.15.
func (v *Values) Deprecated() bool { return v.APIVersion == "" || v.Kind == "" }

// ParseUserInfo reads a user info file.
func ParseUserInfo(data []byte) (*UserInfo, error) {
	var info UserInfo
	if err := sigsyaml.UnmarshalStrict(data, &info); err != nil {
		return nil, fmt.Errorf("failed to decode yaml (%w)", err)
	}
	return &info, nil
}

// Deprecated says whether the file has no apiVersion or kind, which is refused since Kyverno 1.15.
func (u *UserInfo) Deprecated() bool { return u.APIVersion == "" || u.Kind == "" }

// ParseClusterResource reads a file of cluster resources.
func ParseClusterResource(data []byte) (*ClusterResource, error) {
	var resource ClusterResource
	if err := yaml.UnmarshalStrict(data, &resource); err != nil {
		return nil, err
	}
	return &resource, nil
}
