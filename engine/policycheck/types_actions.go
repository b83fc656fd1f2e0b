package policycheck

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// validation is a validate block.
type validation struct {
	FailureAction           *string             `json:"failureAction,omitempty"`
	FailureActionOverrides  []override          `json:"failureActionOverrides,omitempty"`
	AllowExistingViolations *bool               `json:"allowExistingViolations,omitempty"`
	Message                 string              `json:"message,omitempty"`
	Manifests               *manifests          `json:"manifests,omitempty"`
	ForEach                 []foreachValidation `json:"foreach,omitempty"`
	Pattern                 any                 `json:"pattern,omitempty"`
	AnyPattern              any                 `json:"anyPattern,omitempty"`
	Deny                    *deny               `json:"deny,omitempty"`
	PodSecurity             *podSecurity        `json:"podSecurity,omitempty"`
	CEL                     *cel                `json:"cel,omitempty"`
	Assert                  any                 `json:"assert,omitempty"`
}

type manifests struct {
	Attestors []attestorSet `json:"attestors,omitempty"`
}

type deny struct {
	Conditions *conditions `json:"conditions,omitempty"`
}

type foreachValidation struct {
	List          string              `json:"list,omitempty"`
	ElementScope  *bool               `json:"elementScope,omitempty"`
	Context       []contextEntry      `json:"context,omitempty"`
	Preconditions *anyAll             `json:"preconditions,omitempty"`
	Pattern       any                 `json:"pattern,omitempty"`
	AnyPattern    any                 `json:"anyPattern,omitempty"`
	Deny          *deny               `json:"deny,omitempty"`
	ForEach       []foreachValidation `json:"foreach,omitempty"`
}

type podSecurity struct {
	Level   string            `json:"level,omitempty"`
	Version string            `json:"version,omitempty"`
	Exclude []podSecurityRule `json:"exclude,omitempty"`
}

type podSecurityRule struct {
	ControlName     string   `json:"controlName"`
	Images          []string `json:"images,omitempty"`
	RestrictedField string   `json:"restrictedField,omitempty"`
	Values          []string `json:"values,omitempty"`
}

// cel is validate.cel; its expressions are the API server's language.
type cel struct {
	Generate         *bool            `json:"generate,omitempty"`
	Expressions      []celExpression  `json:"expressions,omitempty"`
	ParamKind        *celParamKind    `json:"paramKind,omitempty"`
	ParamRef         *celParamRef     `json:"paramRef,omitempty"`
	AuditAnnotations []celAnnotation  `json:"auditAnnotations,omitempty"`
	Variables        []map[string]any `json:"variables,omitempty"`
}

type celExpression struct {
	Expression        string `json:"expression"`
	Message           string `json:"message,omitempty"`
	Reason            string `json:"reason,omitempty"`
	MessageExpression string `json:"messageExpression,omitempty"`
}

type celParamKind struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
}

type celParamRef struct {
	Name                    string                `json:"name,omitempty"`
	Namespace               string                `json:"namespace,omitempty"`
	Selector                *metav1.LabelSelector `json:"selector,omitempty"`
	ParameterNotFoundAction *string               `json:"parameterNotFoundAction,omitempty"`
}

type celAnnotation struct {
	Key             string `json:"key"`
	ValueExpression string `json:"valueExpression"`
}

// mutation is a mutate block.
type mutation struct {
	MutateExistingOnPolicyUpdate *bool             `json:"mutateExistingOnPolicyUpdate,omitempty"`
	Targets                      []target          `json:"targets,omitempty"`
	PatchStrategicMerge          any               `json:"patchStrategicMerge,omitempty"`
	PatchesJSON6902              string            `json:"patchesJson6902,omitempty"`
	ForEach                      []foreachMutation `json:"foreach,omitempty"`
}

// resourceSpec names a resource to change or to make.
type resourceSpec struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
	UID        string `json:"uid,omitempty"`
}

type target struct {
	resourceSpec
	Selector      *metav1.LabelSelector `json:"selector,omitempty"`
	Context       []contextEntry        `json:"context,omitempty"`
	Preconditions *conditions           `json:"preconditions,omitempty"`
}

type foreachMutation struct {
	List                string            `json:"list,omitempty"`
	Order               *string           `json:"order,omitempty"`
	Context             []contextEntry    `json:"context,omitempty"`
	Preconditions       *anyAll           `json:"preconditions,omitempty"`
	PatchStrategicMerge any               `json:"patchStrategicMerge,omitempty"`
	PatchesJSON6902     string            `json:"patchesJson6902,omitempty"`
	ForEach             []foreachMutation `json:"foreach,omitempty"`
}

// generation is a generate block.
type generation struct {
	GenerateExisting               *bool `json:"generateExisting,omitempty"`
	Synchronize                    bool  `json:"synchronize,omitempty"`
	OrphanDownstreamOnPolicyDelete bool  `json:"orphanDownstreamOnPolicyDelete,omitempty"`
	generatePattern
	ForEach []foreachGeneration `json:"foreach,omitempty"`
}

// generatePattern says what to generate, from data or by cloning.
type generatePattern struct {
	resourceSpec
	Data      any       `json:"data,omitempty"`
	Clone     cloneFrom `json:"clone"`
	CloneList cloneList `json:"cloneList"`
}

type foreachGeneration struct {
	List          string         `json:"list,omitempty"`
	Context       []contextEntry `json:"context,omitempty"`
	Preconditions *anyAll        `json:"preconditions,omitempty"`
	generatePattern
}

type cloneFrom struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

type cloneList struct {
	Namespace string                `json:"namespace,omitempty"`
	Kinds     []string              `json:"kinds,omitempty"`
	Selector  *metav1.LabelSelector `json:"selector,omitempty"`
}

// contextEntry is one named value that a rule adds for its variables.
type contextEntry struct {
	Name            string         `json:"name"`
	ConfigMap       *configMapRef  `json:"configMap,omitempty"`
	APICall         *apiCall       `json:"apiCall,omitempty"`
	ImageRegistry   *imageRegistry `json:"imageRegistry,omitempty"`
	Variable        *variable      `json:"variable,omitempty"`
	GlobalReference *globalRef     `json:"globalReference,omitempty"`
}

type configMapRef struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

type apiCall struct {
	URLPath  string `json:"urlPath"`
	Method   string `json:"method,omitempty"`
	Data     []any  `json:"data,omitempty"`
	Service  any    `json:"service,omitempty"`
	Default  any    `json:"default,omitempty"`
	JMESPath string `json:"jmesPath,omitempty"`
}

type imageRegistry struct {
	Reference   string `json:"reference"`
	JMESPath    string `json:"jmesPath,omitempty"`
	Credentials any    `json:"imageRegistryCredentials,omitempty"`
}

type variable struct {
	Value    any    `json:"value,omitempty"`
	JMESPath string `json:"jmesPath,omitempty"`
	Default  any    `json:"default,omitempty"`
}

type globalRef struct {
	Name     string `json:"name"`
	JMESPath string `json:"jmesPath,omitempty"`
}
