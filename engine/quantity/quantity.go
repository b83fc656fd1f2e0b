// Package quantity reads Kubernetes quantities out of texts that anybody may have written.
package quantity

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// What a quantity may be at most. Kubernetes' own parser computes with all digits that are written, and with those that an
// exponent stands for: 1e999999999 would take all memory.
const (
	maxLength   = 256
	maxExponent = 3 // digits
)

// Parse reads a quantity ("500m", "1Gi", "1e3"). What Kubernetes does not take, and what is absurdly long or large, is an
// error.
func Parse(text string) (resource.Quantity, error) {
	if len(text) > maxLength || longExponent(text) {
		return resource.Quantity{}, resource.ErrFormatWrong
	}
	return resource.ParseQuantity(text)
}

func longExponent(text string) bool {
	at := strings.LastIndexAny(text, "eE")
	return at >= 0 && len(strings.TrimLeft(text[at+1:], "+-0")) > maxExponent
}
