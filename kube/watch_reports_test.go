package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// openReportsDefinition is a definition of openreports.io, with those of its fields that are shown: a kind, its singular
// and plural names in lower case, and its scope.
const openReportsDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[3]s.openreports.io}
spec:
  group: openreports.io
  names: {kind: %[1]s, listKind: %[1]sList, singular: %[2]s, plural: %[3]s}
  scope: %[4]s
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          source: {type: string}
          scope: {type: object, properties: {apiVersion: {type: string}, kind: {type: string}, namespace: {type: string}, name: {type: string}, uid: {type: string}}}
          summary: {type: object, properties: {pass: {type: integer}, fail: {type: integer}, warn: {type: integer}, error: {type: integer}, skip: {type: integer}}}
          results:
            type: array
            items:
              type: object
              required: [policy]
              properties:
                source: {type: string}
                policy: {type: string}
                rule: {type: string}
                result: {type: string, enum: [pass, fail, warn, error, skip]}
                message: {type: string}
                severity: {type: string}
                scored: {type: boolean}
                properties: {type: object, additionalProperties: {type: string}}
                timestamp: {type: object, required: [seconds, nanos], properties: {seconds: {type: integer, format: int64}, nanos: {type: integer, format: int32}}}
`

// report is a report of a version and kind, named u, about a pod.
func report(version, kind, namespace, pod, policy string) string {
	return fmt.Sprintf(`{apiVersion: %s, kind: %s, metadata: {name: u-%s, namespace: %s}, scope: {apiVersion: v1, kind: Pod, namespace: %[4]s, name: %[3]s},
  summary: {fail: 1}, results: [{source: kyverno, policy: %[5]s, rule: r, result: fail, message: no good, severity: high, properties: {process: background scan}, timestamp: {seconds: 12, nanos: 0}}]}`,
		version, kind, pod, namespace, policy)
}

// TestWatchOpenReports: reports of both groups are shown as soon as their definitions are there, and what Kyverno said in
// the older group of something that it now speaks of in the newer is not.
func TestWatchOpenReports(t *testing.T) {
	w := watchServer(t, nil, nil)
	w.installDefinitions()
	w.create(policyReports, report("wgpolicyk8s.io/v1alpha2", "PolicyReport", "team", "old", "p"))
	w.create(policyReports, report("wgpolicyk8s.io/v1alpha2", "PolicyReport", "team", "both", "before"))
	w.until("the reports of the older group are there", func(s State) bool { return len(s.Reports) == 2 })

	w.create(definitions, fmt.Sprintf(openReportsDefinition, "Report", "report", "reports", "Namespaced"))
	w.create(definitions, fmt.Sprintf(openReportsDefinition, "ClusterReport", "clusterreport", "clusterreports", "Cluster"))
	w.create(openReports, report("openreports.io/v1alpha1", "Report", "team", "both", "now"))
	w.create(openReports, report("openreports.io/v1alpha1", "Report", "team", "new", "p"))
	w.create(openClusterReports, `{apiVersion: openreports.io/v1alpha1, kind: ClusterReport, metadata: {name: u}, scope: {apiVersion: v1, kind: Namespace, name: team}, summary: {pass: 3, skip: 1}}`)
	state := w.until("all reports are there", func(s State) bool { return len(s.Reports) == 4 })

	about := func(pod, policy string) Report {
		return Report{Kind: "Pod", Namespace: "team", Name: pod, Fail: 1, Results: []ReportResult{{
			Policy: policy, Rule: "r", Result: "fail", Message: "no good", Severity: "high",
			Properties: map[string]string{"process": "background scan"}, Time: time.Unix(12, 0),
		}}}
	}
	want := []Report{{Kind: "Namespace", Name: "team", Pass: 3, Skips: 1}, about("both", "now"), about("new", "p"), about("old", "p")}
	if diff := cmp.Diff(want, state.Reports); diff != "" {
		t.Error(diff)
	}
	if err := w.client.Resource(definitions).Delete(t.Context(), "reports.openreports.io", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.until("those of the definition that went are gone", func(s State) bool {
		return len(s.Reports) == 3 && cmp.Equal(s.Reports[1], about("both", "before"))
	})
}
