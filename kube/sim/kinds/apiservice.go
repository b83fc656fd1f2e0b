package kinds

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// apiService says who serves a version of a group. It is the type of k8s.io/kube-aggregator, whose module would bring a
// whole server along.
type apiService struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              apiServiceSpec   `json:"spec,omitempty"`
	Status            apiServiceStatus `json:"status,omitempty"`
}

type apiServiceSpec struct {
	Service               *apiServiceReference `json:"service,omitempty"`
	Group                 string               `json:"group,omitempty"`
	Version               string               `json:"version,omitempty"`
	InsecureSkipTLSVerify bool                 `json:"insecureSkipTLSVerify,omitempty"`
	CABundle              []byte               `json:"caBundle,omitempty"`
	GroupPriorityMinimum  int32                `json:"groupPriorityMinimum"`
	VersionPriority       int32                `json:"versionPriority"`
}

type apiServiceReference struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Port      *int32 `json:"port,omitempty"`
}

type apiServiceStatus struct {
	Conditions []apiServiceCondition `json:"conditions,omitempty"`
}

type apiServiceCondition struct {
	Type               string                 `json:"type"`
	Status             metav1.ConditionStatus `json:"status"`
	LastTransitionTime metav1.Time            `json:"lastTransitionTime,omitempty"`
	Reason             string                 `json:"reason,omitempty"`
	Message            string                 `json:"message,omitempty"`
}

// DeepCopyObject implements runtime.Object.
func (s *apiService) DeepCopyObject() runtime.Object {
	out := *s
	s.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	if s.Spec.Service != nil {
		service := *s.Spec.Service
		out.Spec.Service = &service
	}
	out.Spec.CABundle = append([]byte(nil), s.Spec.CABundle...)
	out.Status.Conditions = append([]apiServiceCondition(nil), s.Status.Conditions...)
	return &out
}

// registrationKinds are those of apiregistration.k8s.io/v1.
func registrationKinds() []*api.Kind {
	return []*api.Kind{builtin[*apiService]{
		new: func() *apiService { return &apiService{} }, group: schema.GroupVersion{Group: "apiregistration.k8s.io", Version: "v1"},
		kind: "APIService", plural: "apiservices", categories: []string{"api-extensions"}, cluster: true, status: true, name: pathSegmentName,
		columns: columnsOf(column("Service", "The reference to the service that hosts this API endpoint."), column("Available", "Whether this service is available.")),
		row: func(s *apiService, now time.Time) []any {
			service, available := "Local", unknown
			if ref := s.Spec.Service; ref != nil {
				service = ref.Namespace + "/" + ref.Name
			}
			for _, c := range s.Status.Conditions {
				if c.Type != "Available" {
					continue
				}
				if available = string(c.Status); c.Status != metav1.ConditionTrue && c.Reason != "" {
					available += " (" + c.Reason + ")"
				}
			}
			return []any{s.Name, service, available, ageOf(s, now)}
		},
	}.build()}
}
