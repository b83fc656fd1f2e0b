package engine

import (
	"sync"

	"github.com/go-logr/logr"
	"github.com/kyverno/kyverno/pkg/engine/anchor"
	"github.com/kyverno/kyverno/pkg/engine/jsonutils"
	"github.com/kyverno/kyverno/pkg/engine/mutate/patch"
	"github.com/kyverno/kyverno/pkg/engine/operator"
	"github.com/kyverno/kyverno/pkg/engine/variables/regex"
	"github.com/kyverno/kyverno/pkg/utils/jsonpointer"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// This file is the only one of the package that calls into Kyverno's own packages (the small ones, which need neither its API types
// nor a fork of anything): what a patch does is decided there. The package overlay compares with patterns.

// silence keeps Kyverno's packages from logging: controller-runtime's logger, which they use, complains on stderr after
// 30 seconds unless it was set.
var silence = sync.OnceFunc(func() { ctrllog.SetLogger(logr.Discard()) })

// Warm does the work that the first strategic merge patch would otherwise pay for (Kyverno parses a schema, which takes
// about a tenth of a second). Call it once in the background; it is safe to call at any time.
func Warm() {
	silence()
	_, _ = mergePatch([]byte(`{"apiVersion":"v1","kind":"Pod"}`), map[string]any{"metadata": map[string]any{}})
}

// matchSelector says whether labels match a selector, whose matchLabels may hold wildcards. It fails when the selector
// is not valid.
func matchSelector(selector *metav1.LabelSelector, have map[string]string) (bool, error) {
	parsed, err := metav1.LabelSelectorAsSelector(withoutWildcards(selector, have))
	if err != nil {
		return false, err
	}
	return parsed.Matches(labels.Set(have)), nil
}

// mergePatch applies a strategic merge patch with Kyverno's anchors to a resource as JSON.
func mergePatch(resource []byte, overlay any) ([]byte, error) {
	return patch.NewPatchStrategicMerge(overlay).Patch(logr.Discard(), resource)
}

// jsonPatch applies patchesJson6902 (JSON or YAML text) to a resource as JSON.
func jsonPatch(resource []byte, patches string) ([]byte, error) {
	return patch.NewPatchesJSON6902(patches).Patch(logr.Discard(), resource)
}

// stripAnchors removes the anchors from a path with slashes.
func stripAnchors(path string) string { return anchor.RemoveAnchorsFromPath(path) }

// traverse returns a copy of a JSON document in which every key and every value that is neither a map nor a list was
// replaced by what visit returns for it. path is the value's place, with slashes.
func traverse(document any, visit func(value any, path string) (any, error)) (any, error) {
	return jsonutils.NewTraversal(document, jsonutils.OnlyForLeafsAndKeys(func(data *jsonutils.ActionData) (any, error) {
		return visit(data.Element, data.Path)
	})).TraverseJSON()
}

// What variables and references look like in a text.
var (
	variableRE         = regex.RegexVariables      // "{{ name }}", with the character before it
	leadingVariableRE  = regex.RegexVariableInit   // a text that starts with a variable
	referenceRE        = regex.RegexReferences     // "$(./../name)", a reference to another place of the document
	escapedReferenceRE = regex.RegexEscpReferences // a reference that is meant as text
)

// leadingOperator returns the operator that a pattern's text starts with ("<=" of "<=5"), "" for none.
func leadingOperator(text string) string { return string(operator.GetOperatorFromStringPattern(text)) }

// expressionAt turns the place of a value in a rule into the JMESPath expression for the same place below prefix; the
// first two parts ("/mutate/patchStrategicMerge") say where in the rule the document starts.
func expressionAt(path string, prefix []string) string {
	return jsonpointer.ParsePath(path).SkipPast("foreach").SkipN(2).Prepend(prefix...).JMESPath()
}
