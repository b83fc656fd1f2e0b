package manifest

import (
	"path"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"podsec/engine/cli/files"
)

// Test is one document of a test file: policies, resources, and the results that the one must give of the other.
type Test struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	// Name is deprecated: metadata.name took its place.
	Name                 string            `json:"name"`
	Policies             []string          `json:"policies"`
	Resources            []string          `json:"resources"`
	JSONPayload          string            `json:"jsonPayload"`
	JSONPayloads         []string          `json:"jsonPayloads"`
	HTTPPayloads         []string          `json:"httpPayloads"`
	EnvoyPayloads        []string          `json:"envoyPayloads"`
	TargetResources      []string          `json:"targetResources"`
	Variables            string            `json:"variables"`
	ParamResources       []string          `json:"paramResources"`
	UserInfo             string            `json:"userinfo"`
	Results              []Result          `json:"results"`
	Values               *ValuesSpec       `json:"values"`
	Exceptions           []string          `json:"exceptions"`
	Context              string            `json:"context"`
	ClusterResources     []string          `json:"clusterResources"`
	APICallResponses     []APICallResponse `json:"apiCallResponses"`
	GlobalContextEntries []GlobalContext   `json:"globalContextEntries"`
}

// Result is what a test expects of one policy, or one of its rules, for some resources.
type Result struct {
	Policy                      string         `json:"policy"`
	Rule                        string         `json:"rule"`
	IsValidatingAdmissionPolicy bool           `json:"isValidatingAdmissionPolicy"`
	IsMutatingAdmissionPolicy   bool           `json:"isMutatingAdmissionPolicy"`
	IsValidatingPolicy          bool           `json:"isValidatingPolicy"`
	IsDeletingPolicy            bool           `json:"isDeletingPolicy"`
	IsImageValidatingPolicy     bool           `json:"isImageValidatingPolicy"`
	IsGeneratingPolicy          bool           `json:"isGeneratingPolicy"`
	IsMutatingPolicy            bool           `json:"isMutatingPolicy"`
	Result                      string         `json:"result"`
	Kind                        string         `json:"kind"`
	Operation                   string         `json:"operation"`
	PatchedResources            string         `json:"patchedResources"`
	GeneratedResource           string         `json:"generatedResource"`
	CloneSourceResource         string         `json:"cloneSourceResource"`
	FailOnMissingResources      bool           `json:"failOnMissingResources"`
	Resources                   []string       `json:"resources"`
	ResourceSpecs               []ResourceSpec `json:"resourceSpecs"`
	GeneratedResources          []string       `json:"generatedResources"`
}

// ResourceSpec names one resource of a result.
type ResourceSpec struct {
	Group       string `json:"group"`
	Version     string `json:"version"`
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace"`
	Subresource string `json:"subresource"`
	Name        string `json:"name"`
}

// Case is one test of a file, or the error of reading it.
type Case struct {
	Path string // of the file
	Test *Test
	Err  error
}

// ParseTests reads the documents of a test file. What cannot be read is a case with Err, the last one.
func ParseTests(name string, data []byte) []Case {
	documents, err := files.Documents(data)
	if err != nil {
		return []Case{{Path: name, Err: err}}
	}
	var cases []Case
	for _, document := range documents {
		var test Test
		if err := yaml.UnmarshalStrict(document, &test); err != nil {
			return append(cases, Case{Path: name, Err: err})
		}
		test.clean()
		cases = append(cases, Case{Path: name, Test: &test})
	}
	return cases
}

// clean drops repeated files, and moves the older jsonPayload into the list that replaced it.
func (t *Test) clean() {
	t.Policies, t.Resources = unique(t.Policies), unique(t.Resources)
	if t.JSONPayload != "" && len(t.JSONPayloads) == 0 {
		t.JSONPayloads = []string{t.JSONPayload}
	}
	t.JSONPayload = ""
	var payloads []string
	for _, payload := range t.JSONPayloads {
		if strings.TrimSpace(payload) != "" {
			payloads = append(payloads, path.Clean(payload))
		}
	}
	t.JSONPayloads = unique(payloads)
}

func unique(values []string) []string {
	var out []string
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Deprecated says whether the test has the form of before Kyverno 1.12, which is refused since 1.15.
func (t *Test) Deprecated() bool { return t.APIVersion == "" || t.Kind == "" || t.Name != "" }
