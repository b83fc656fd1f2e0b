package inspect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podsec/kube/inspect"
)

// TestForecastCompare: lines are compared by object, policy and rule; policies that the forecast does not know are left
// alone.
func TestForecastCompare(t *testing.T) {
	web, cart := inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "web"}, inspect.Ref{Kind: "Pod", Namespace: "shop", Name: "cart"}
	pass := inspect.Line{Policy: "team", Rule: "team", Result: "pass", Message: "rule passed"}
	fail := inspect.Line{Policy: "team", Rule: "team", Result: "fail", Message: "say the team"}
	theirs := inspect.Line{Policy: "unscanned", Rule: "x", Result: "pass"}
	forecast := inspect.Forecast{
		Policies:    map[string]bool{"team": true},
		Predictions: []inspect.Prediction{{Ref: web, Lines: []inspect.Line{pass}}},
	}
	for name, tt := range map[string]struct {
		reported []inspect.Prediction
		want     inspect.Agreement
	}{
		"the same":  {[]inspect.Prediction{{Ref: web, Lines: []inspect.Line{pass, theirs}}}, inspect.Agreement{Objects: 1, Predicted: 1, Reported: 1}},
		"to come":   {nil, inspect.Agreement{Objects: 1, Predicted: 1, Differ: []inspect.Disagreement{{Ref: web, Predicted: &pass}}}},
		"different": {[]inspect.Prediction{{Ref: web, Lines: []inspect.Line{fail}}}, inspect.Agreement{Objects: 1, Predicted: 1, Reported: 1, Differ: []inspect.Disagreement{{Ref: web, Predicted: &pass, Reported: &fail}}}},
		"of another": {[]inspect.Prediction{{Ref: web, Lines: []inspect.Line{pass}}, {Ref: cart, Lines: []inspect.Line{fail}}},
			inspect.Agreement{Objects: 2, Predicted: 1, Reported: 2, Differ: []inspect.Disagreement{{Ref: cart, Reported: &fail}}}},
	} {
		if diff := cmp.Diff(tt.want, forecast.Compare(tt.reported)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
