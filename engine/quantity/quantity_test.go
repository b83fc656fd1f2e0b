package quantity_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"podsec/engine/quantity"
)

// TestParse reads what Kubernetes reads, within reason.
func TestParse(t *testing.T) {
	for _, text := range []string{"0", "500m", "1Gi", "1.5", "-3k", "1e3", "1E3", "12E", "1e+03", "1e999", "1e000000001"} {
		want, err := resource.ParseQuantity(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := quantity.Parse(text); err != nil || got.Cmp(want) != 0 {
			t.Errorf("%s is %s, %v", text, got.String(), err)
		}
	}
	for _, text := range []string{
		"", "x", "1 Gi", "1e", "1e1000", "0E10000088000", "1e-999999999", strings.Repeat("9", 1_000_000), "1e" + strings.Repeat("9", 1_000_000),
	} {
		if got, err := quantity.Parse(text); err == nil {
			t.Errorf("%.40s is %s", text, got.String())
		}
	}
}
