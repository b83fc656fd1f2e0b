package policycheck_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine/policycheck"
)

// grants are the permissions of a test: "user verb kind" each; the controllers are called as their accounts.
type grants []string

func (g grants) User(account policycheck.Account) string { return string(account) }

func (g grants) May(user, verb, kind, _, _, _ string) (bool, error) {
	if kind == "v1/Nothing" {
		return false, errors.New("nobody serves it")
	}
	return slices.Contains(g, user+" "+verb+" "+kind) || slices.Contains(g, user), nil
}

func TestPermissions(t *testing.T) {
	const (
		targets = "mutate: {targets: [{apiVersion: v1, kind: ConfigMap, name: c, namespace: team}], patchStrategicMerge: {metadata: {labels: {a: b}}}}"
		data    = "generate: {apiVersion: v1, kind: ConfigMap, name: c, namespace: team, data: {data: {a: b}}}"
		synced  = "generate: {synchronize: true, apiVersion: v1, kind: ConfigMap, name: c, namespace: team, data: {data: {a: b}}}"
		clones  = "generate: {namespace: team, cloneList: {namespace: team, kinds: [v1/Secret, v1/ConfigMap], selector: {matchLabels: {a: b}}}}"
		sums    = "auth check fails, additional privileges are required for the service account 'background-controller': "
	)
	for _, tc := range []struct {
		name, rule string
		may        grants
		err        string
		warnings   []string
		noReports  bool // the reports controller may do nothing, and nobody is warned
	}{
		{name: "targets", rule: targets, may: grants{"background-controller get v1/ConfigMap", "background-controller update v1/ConfigMap"}},
		{
			name: "targets that may only be read", rule: targets, may: grants{"background-controller get v1/ConfigMap"},
			err: "path: spec.rules[0].mutate.targets.: " + sums + "background-controller requires permissions update for resource v1/ConfigMap in namespace team",
		},
		{
			name: "targets of a kind that is not served",
			rule: "mutate: {targets: [{apiVersion: v1, kind: Nothing, name: c}], patchStrategicMerge: {metadata: {labels: {a: b}}}}",
			err:  "path: spec.rules[0].mutate.targets.: " + sums + "failed to get GVR for kind v1/Nothing",
		},
		{name: "data", rule: data, may: grants{"background-controller get v1/ConfigMap", "background-controller create v1/ConfigMap"}},
		{
			name: "data that may not be made", rule: data, may: grants{"background-controller get v1/ConfigMap"},
			err: "path: spec.rules[0].generate..: background-controller requires permissions create for resource v1/ConfigMap in namespace team",
		},
		{
			name: "what synchronizes is read by the admission controller", rule: synced,
			err: "path: spec.rules[0].generate..: admission-controller requires permissions list,get for resource v1/ConfigMap in namespace team",
		},
		{
			name: "what synchronizes is changed and deleted", rule: synced,
			may: grants{"admission-controller list v1/ConfigMap", "admission-controller get v1/ConfigMap", "background-controller get v1/ConfigMap", "background-controller create v1/ConfigMap"},
			err: "path: spec.rules[0].generate..: background-controller requires permissions update,delete for resource v1/ConfigMap in namespace team",
		},
		{name: "only the first of kinds to clone counts", rule: clones, may: grants{"background-controller get v1/Secret", "background-controller create v1/Secret"}},
		{
			name: "what no reports can be about", rule: "exclude: {any: [{resources: {names: [x]}}]}, " + labels, may: grants{"reports-controller get Pod"},
			warnings: []string{"reports-controller requires permissions list,watch for resource Pod"},
		},
		{
			name: "reports are not thought of in a foreach", noReports: true,
			rule: `mutate: {foreach: [{list: "request.object.spec.containers", patchStrategicMerge: {metadata: {labels: {a: b}}}}]}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			may := tc.may
			if tc.warnings == nil && !tc.noReports {
				may = append(may, "reports-controller")
			}
			warnings, err := policycheck.CheckIn(policycheck.Cluster{Kinds: testCluster(), Permissions: may}, policy(t, rule(tc.rule)), nil)
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Errorf("error: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
				t.Errorf("warnings: -want +got:\n%s", diff)
			}
		})
	}
}

func TestCleanup(t *testing.T) {
	const match = "match: {any: [{resources: {kinds: [Pod]}}]}"
	conditional := func(key, value string) string {
		return fmt.Sprintf("schedule: '0 0 * * *', %s, conditions: {all: [{key: %q, operator: Equals, value: %q}]}", match, key, value)
	}
	all := grants{"cleanup-controller delete Pod", "cleanup-controller list Pod"}
	for _, tc := range []struct {
		name, kind, spec string
		may              grants
		err              string
	}{
		{name: "a good one", spec: "schedule: '0 3 * * *', " + match, may: all},
		{
			name: "a schedule that is none", spec: "schedule: nightly, " + match, may: all,
			err: `spec.schedule: Invalid value: "nightly": schedule spec in the cleanupPolicy is not in proper cron format`,
		},
		{
			name: "a time zone", spec: "schedule: 'TZ=UTC 0 0 * * *', " + match, may: all,
			err: `spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": schedule spec in the cleanupPolicy is not in proper cron format`,
		},
		{name: "may not delete", spec: "schedule: '0 3 * * *', " + match, err: "cleanup controller has no permission to delete kind Pod"},
		{
			name: "may not list", spec: "schedule: '0 3 * * *', " + match, may: all[:1],
			err: "cleanup controller has no permission to list kind Pod",
		},
		{
			name: "a kind that is not served", spec: "schedule: '0 3 * * *', match: {any: [{resources: {kinds: [v1/Nothing]}}]}",
			err: "failed to get GVR for kind v1/Nothing",
		},
		{
			name: "users", spec: "schedule: '0 3 * * *', match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: ann}]}]}", may: all,
			err: "spec.match.any[0].subjects: Forbidden: Usage of user info is forbidden",
		},
		{
			name: "namespaces of a policy in one", kind: "CleanupPolicy", may: all,
			spec: "schedule: '0 3 * * *', match: {any: [{resources: {kinds: [Pod], namespaces: [shop]}}]}",
			err:  "spec.match.any[0].namespaces: Forbidden: Filtering namespaces not allowed in namespaced policies",
		},
		{
			name: "a ConfigMap as context", may: all,
			spec: "schedule: '0 3 * * *', context: [{name: c, configMap: {name: c, namespace: team}}], exclude: {all: [{roles: ['team:dev']}]}, " + match,
			err: `[spec.context: Invalid value: [{"name":"c","configMap":{"name":"c","namespace":"team"}}]: ConfigMap is not allowed in CleanUp Policy, ` +
				"spec.exclude.all[0].roles: Forbidden: Usage of user info is forbidden]",
		},
		{
			name: "exclude takes all", may: all, spec: "schedule: '0 0 * * *', " + match + ", exclude: {any: [{resources: {kinds: [Pod]}}]}",
			err: `spec: Invalid value: {"match":{"any":[{"resources":{"kinds":["Pod"]}}]},"exclude":{"any":[{"resources":{"kinds":["Pod"]}}]},` +
				`"schedule":"0 0 * * *"}: CleanupPolicy is matching an empty set`,
		},
		{name: "any variable of small letters", may: all, spec: conditional("{{ request.object.metadata.name }}", "{{ anything }}")},
		{
			name: "a variable of capitals", may: all, spec: conditional("{{ target.x }}", "{{ OTHER }}"),
			err: `variable substitution failed for policy c: variable OTHER must match regex "([a-z_0-9]+)|(target\.|images\.|([a-z_0-9]+\()[^{}])" or patterns []`,
		},
		{
			name: "a variable that is no JMESPath", may: all, spec: conditional("{{ target.x || }}", "b"),
			err: "variable substitution failed for policy c: failed to resolve target.x || at path /all/0/key: invalid JMESPath query target.x ||: SyntaxError: Incomplete expression",
		},
		{
			name: "a variable of nothing", may: all, spec: conditional("{{ }}", "b"),
			err: "variable substitution failed for policy c: failed to resolve  at path /all/0/key: invalid query (nil)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			object := flow(t, tc.spec)
			object.SetKind("ClusterCleanupPolicy")
			if tc.kind != "" {
				object.SetKind(tc.kind)
				object.SetNamespace("team")
			}
			err := policycheck.CheckCleanup(policycheck.Cluster{Kinds: testCluster(), Permissions: tc.may}, object)
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Errorf("error: -want +got:\n%s", diff)
			}
		})
	}
}

func TestException(t *testing.T) {
	for _, tc := range []struct{ name, spec, err string }{
		{name: "a good one", spec: "exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{resources: {kinds: [Pod]}}]}"},
		{
			name: "users are unknown to scans", spec: "exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{clusterRoles: [admin]}]}",
			err: "spec.match.any[0].clusterRoles: Forbidden: Usage of user info is forbidden",
		},
		{name: "users without scans", spec: "background: false, exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{clusterRoles: [admin]}]}"},
		{
			name: "no policy", spec: "exceptions: [{policyName: '', ruleNames: [r]}], match: {any: [{resources: {kinds: [Pod]}}]}",
			err: "spec.exceptions[0].policyName: Required value: An exception requires a policy name",
		},
		{
			name: "a control of containers without images", err: `spec.podSecurity[1].controlName: Invalid value: "Capabilities": exclude.images must be specified for the container level control`,
			spec: "exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{resources: {kinds: [Pod]}}]}, podSecurity: [{controlName: Host Namespaces}, {controlName: Capabilities}]",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := policycheck.CheckException(policycheck.Cluster{Kinds: testCluster()}, flow(t, tc.spec))
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Errorf("error: -want +got:\n%s", diff)
			}
		})
	}
}

// flow makes an object of the flow YAML inside of its spec.
func flow(t *testing.T, spec string) *unstructured.Unstructured {
	t.Helper()
	var body map[string]any
	if err := yaml.UnmarshalStrict([]byte("{"+spec+"}"), &body); err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "c"}, "spec": body}}
}
