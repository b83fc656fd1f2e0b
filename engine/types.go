package engine

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The types below mirror the parts of kyverno.io/v1 that the engine reads. Kyverno's own Go types are not used: they
// pull in the whole of Kyverno. What is free-form there (patterns, patches, conditions' keys and values) is any here,
// with numbers as float64, as Kyverno has them after decoding a stored policy.

// spec is the spec of a ClusterPolicy or Policy.
type spec struct {
	Rules                            []map[string]any `json:"rules"`
	ApplyRules                       string           `json:"applyRules"`
	FailurePolicy                    string           `json:"failurePolicy"`
	ValidationFailureAction          string           `json:"validationFailureAction"`
	ValidationFailureActionOverrides []override       `json:"validationFailureActionOverrides"`
	EmitWarning                      bool             `json:"emitWarning"`
	Admission                        *bool            `json:"admission"`
	Background                       *bool            `json:"background"`
	WebhookConfiguration             *struct {
		FailurePolicy string `json:"failurePolicy"`
	} `json:"webhookConfiguration"`
}

// override is one entry of validationFailureActionOverrides or failureActionOverrides.
type override struct {
	Action            string                `json:"action"`
	Namespaces        []string              `json:"namespaces"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
}

// ruleSpec is one rule as the policy writes it.
type ruleSpec struct {
	Name             string            `json:"name"`
	Context          []contextEntry    `json:"context"`
	ReportProperties map[string]string `json:"reportProperties"`
	Match            matchBlock        `json:"match"`
	Exclude          *matchBlock       `json:"exclude"`
	Preconditions    *conditions       `json:"preconditions"`
	Mutate           *mutation         `json:"mutate"`
	Validate         *validation       `json:"validate"`
	Generate         map[string]any    `json:"generate"`
	VerifyImages     []map[string]any  `json:"verifyImages"`
}

// matchBlock is a match or exclude: any, all, or the older form with its conditions at the top.
type matchBlock struct {
	Any []filter `json:"any"`
	All []filter `json:"all"`
	filter
}

// filter is one set of conditions on the resource and on the user.
type filter struct {
	Resources    description      `json:"resources"`
	Roles        []string         `json:"roles"`
	ClusterRoles []string         `json:"clusterRoles"`
	Subjects     []rbacv1.Subject `json:"subjects"`
}

// description are the conditions on the resource; those that are set must all hold.
type description struct {
	Kinds             []string              `json:"kinds"`
	Name              string                `json:"name"`
	Names             []string              `json:"names"`
	Namespaces        []string              `json:"namespaces"`
	Annotations       map[string]string     `json:"annotations"`
	Selector          *metav1.LabelSelector `json:"selector"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
	Operations        []Operation           `json:"operations"`
}

// validation is a validate block.
type validation struct {
	Message                 string              `json:"message"`
	Pattern                 any                 `json:"pattern"`
	AnyPattern              any                 `json:"anyPattern"`
	Deny                    *deny               `json:"deny"`
	ForEach                 []foreachValidation `json:"foreach"`
	PodSecurity             *podSecurity        `json:"podSecurity"`
	CEL                     map[string]any      `json:"cel"`
	Assert                  any                 `json:"assert"`
	Manifests               map[string]any      `json:"manifests"`
	FailureAction           string              `json:"failureAction"`
	FailureActionOverrides  []override          `json:"failureActionOverrides"`
	AllowExistingViolations *bool               `json:"allowExistingViolations"`
}

// deny is a validate.deny block.
type deny struct {
	Conditions *conditions `json:"conditions"`
}

// foreachValidation is an entry of validate.foreach.
type foreachValidation struct {
	List          string              `json:"list"`
	ElementScope  *bool               `json:"elementScope"`
	Context       []contextEntry      `json:"context"`
	Preconditions *conditions         `json:"preconditions"`
	Pattern       any                 `json:"pattern"`
	AnyPattern    any                 `json:"anyPattern"`
	Deny          *deny               `json:"deny"`
	ForEach       []foreachValidation `json:"foreach"`
}

// podSecurity is a validate.podSecurity block.
type podSecurity struct {
	Level   string            `json:"level"`
	Version string            `json:"version"`
	Exclude []podSecurityRule `json:"exclude"`
}

// podSecurityRule exempts a control, or some values of one field of it.
type podSecurityRule struct {
	ControlName     string   `json:"controlName"`
	Images          []string `json:"images"`
	RestrictedField string   `json:"restrictedField"`
	Values          []string `json:"values"`
}

// mutation is a mutate block.
type mutation struct {
	PatchStrategicMerge any               `json:"patchStrategicMerge"`
	PatchesJSON6902     string            `json:"patchesJson6902"`
	ForEach             []foreachMutation `json:"foreach"`
	Targets             []map[string]any  `json:"targets"`
}

// foreachMutation is an entry of mutate.foreach.
type foreachMutation struct {
	List                string            `json:"list"`
	Order               string            `json:"order"`
	Context             []contextEntry    `json:"context"`
	Preconditions       *conditions       `json:"preconditions"`
	PatchStrategicMerge any               `json:"patchStrategicMerge"`
	PatchesJSON6902     string            `json:"patchesJson6902"`
	ForEach             []foreachMutation `json:"foreach"`
}

// contextEntry is one named value that a rule adds for its variables.
type contextEntry struct {
	Name            string         `json:"name"`
	ConfigMap       *objectRef     `json:"configMap"`
	APICall         *apiCall       `json:"apiCall"`
	Variable        *variable      `json:"variable"`
	ImageRegistry   *imageRegistry `json:"imageRegistry"`
	GlobalReference *globalRef     `json:"globalReference"`
}

// imageRegistry is a context.imageRegistry entry.
type imageRegistry struct {
	Reference string `json:"reference"`
	JMESPath  string `json:"jmesPath"`
}

// globalRef is a context.globalReference entry.
type globalRef struct {
	Name     string `json:"name"`
	JMESPath string `json:"jmesPath"`
}

// objectRef names an object.
type objectRef struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// apiCall is a context.apiCall entry.
type apiCall struct {
	URLPath string `json:"urlPath"`
	Service *struct {
		URL string `json:"url"`
	} `json:"service"`
	Method   string `json:"method"`
	Data     []any  `json:"data"`
	JMESPath string `json:"jmesPath"`
	Default  any    `json:"default"`
}

// variable is a context.variable entry.
type variable struct {
	Value    any    `json:"value"`
	JMESPath string `json:"jmesPath"`
	Default  any    `json:"default"`
}
