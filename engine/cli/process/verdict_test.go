package process_test

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/process"
	"podsec/engine/policycheck"
)

var record = flag.String("record", "", "the Kyverno CLI whose verdicts to write into testdata/verdicts.txt")

const (
	recordedPolicies  = 400
	recordedResources = 12 // times three: bare, in a Deployment, in a CronJob
	verdictsFile      = "testdata/verdicts.txt"
	userInfo          = "apiVersion: cli.kyverno.io/v1alpha1\nkind: UserInfo\nmetadata: {name: u}\nclusterRoles: [edit]\nroles: [\"shop:owner\"]\nuserInfo: {username: ann, groups: [dev]}\n"
	valuesText        = "apiVersion: cli.kyverno.io/v1alpha1\nkind: Values\nmetadata: {name: v}\nnamespaceSelector: [{name: shop, labels: {team: a}}]\n"
)

// seed returns the bytes of the drawing with a number: policies and resources of the recording are made from them.
func seed(kind, number uint64) []byte {
	random := rand.New(rand.NewPCG(kind, number))
	out := make([]byte, 80)
	for i := range out {
		out[i] = byte(random.Uint32())
	}
	return out
}

func policySeed(i int) []byte   { return seed(1, uint64(i)) }
func resourceSeed(i int) []byte { return seed(2, uint64(i)) }

// recordedObjects are the resources of the recording.
func recordedObjects() []fields {
	var out []fields
	for i := range recordedResources {
		metadata, spec := drawPod(&dice{resourceSeed(i)}, fmt.Sprintf("-%d", i))
		out = append(out, owners(metadata, spec)...)
	}
	return out
}

// TestVerdicts compares with what the Kyverno CLI 1.19.1 said of the same policies and resources: a line for each policy,
// with a word for each resource: a letter (pass, fail, error, skip) for each rule that said something, by the rules' names.
func TestVerdicts(t *testing.T) {
	objects := recordedObjects()
	if *record != "" {
		recordVerdicts(t, objects)
	}
	data, err := os.ReadFile(verdictsFile)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	judge := newJudge(t)
	parsed := make([]*unstructured.Unstructured, len(objects))
	for i, object := range objects {
		parsed[i] = judge.parse(t, object)
	}
	for i := range recordedPolicies {
		policy := judge.compile(drawPolicy(&dice{policySeed(i)}, policyName(i)))
		got.WriteString(policyName(i))
		for _, object := range parsed {
			got.WriteString(" " + judge.verdict(t, policy, object).String())
		}
		got.WriteString("\n")
	}
	if diff := gocmp.Diff(strings.Split(string(data), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("verdicts differ (-Kyverno +ours):\n%s", diff)
	}
}

func policyName(i int) string { return fmt.Sprintf("p%03d", i) }

// verdict is what the rules of a policy say of a resource, by the rules' names; those that say nothing are not in it.
type verdict map[string]engine.Status

func (v verdict) String() string {
	word := ""
	for _, rule := range slices.Sorted(maps.Keys(v)) {
		word += string(v[rule])[:1]
	}
	return cmp.Or(word, "-")
}

// judge gives verdicts as the command line does.
type judge struct {
	user, values string // the files' names
	processor    process.Processor
}

func newJudge(tb testing.TB) *judge {
	tb.Helper()
	folder := tb.TempDir()
	j := &judge{user: filepath.Join(folder, "user.yaml"), values: filepath.Join(folder, "values.yaml")}
	write(tb, j.user, []byte(userInfo))
	write(tb, j.values, []byte(valuesText))
	info, err := process.LoadUserInfo(&files.Source{}, j.user)
	if err != nil {
		tb.Fatal(err)
	}
	values, err := process.LoadValues(&files.Source{}, os.Stderr, j.values, j.values)
	if err != nil {
		tb.Fatal(err)
	}
	j.processor.User, j.processor.Values = &info.RequestInfo, process.NewValues(&values.ValuesSpec, nil)
	j.processor.Engine = process.NewEngine(engine.Options{Offline: true, Values: j.processor.Values, APICall: process.World{}})
	return j
}

func write(tb testing.TB, name string, data []byte) {
	tb.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// parse reads a resource as the command line reads it from a file.
func (j *judge) parse(tb testing.TB, object fields) *unstructured.Unstructured {
	tb.Helper()
	found, err := files.Resources("r.yaml", marshal(tb, object))
	if err != nil {
		tb.Fatal(err)
	}
	return process.FloatNumbers(found)[0]
}

func marshal(tb testing.TB, objects ...fields) []byte {
	tb.Helper()
	var out bytes.Buffer
	for _, object := range objects {
		data, err := yaml.Marshal(object)
		if err != nil {
			tb.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(data)
	}
	return out.Bytes()
}

// compile compiles a policy; nil is one that Kyverno would refuse.
func (j *judge) compile(policy fields) *engine.Policy {
	object := &unstructured.Unstructured{}
	data, err := yaml.Marshal(policy)
	if err != nil || yaml.Unmarshal(data, &object.Object) != nil {
		return nil
	}
	compiled, err := engine.Compile(object)
	if err != nil {
		return nil
	}
	if _, err := policycheck.Check(compiled.Object(), nil, nil); err != nil {
		return nil
	}
	return compiled
}

// verdict is what the policy says of the resource; nothing when there is no policy.
func (j *judge) verdict(tb testing.TB, policy *engine.Policy, object *unstructured.Unstructured) verdict {
	tb.Helper()
	if policy == nil {
		return nil
	}
	processor := j.processor
	processor.Policies = []*engine.Policy{policy}
	responses, err := processor.Apply(context.Background(), object)
	if err != nil {
		tb.Fatal(err)
	}
	said := verdict{}
	for _, response := range responses {
		for _, rule := range response.Rules {
			said[rule.Rule] = rule.Status
		}
	}
	return said
}

// recordVerdicts asks the Kyverno CLI.
func recordVerdicts(t *testing.T, objects []fields) {
	t.Helper()
	var policies []fields
	for i := range recordedPolicies {
		policies = append(policies, drawPolicy(&dice{policySeed(i)}, policyName(i)))
	}
	j, folder := newJudge(t), t.TempDir()
	policyFile, resourceFile := filepath.Join(folder, "p.yaml"), filepath.Join(folder, "r.yaml")
	write(t, policyFile, marshal(t, policies...))
	write(t, resourceFile, marshal(t, objects...))
	command := exec.Command(*record, "apply", policyFile, "--resource", resourceFile, "--userinfo", j.user, "--values-file", j.values,
		"--policy-report", "--continue-on-fail", "--remove-color")
	command.Stderr = os.Stderr
	out, _ := command.Output() // violations end it with 1
	_, text, ok := strings.Cut(string(out), "apiVersion: ")
	if !ok {
		t.Fatalf("no report:\n%s", out)
	}
	verdicts := readReports(t, "apiVersion: "+text)
	var lines strings.Builder
	for i := range recordedPolicies {
		lines.WriteString(policyName(i))
		for _, object := range objects {
			metadata, _ := object["metadata"].(fields)
			lines.WriteString(" " + verdicts[fmt.Sprintf("%s %s/%s", policyName(i), object["kind"], metadata["name"])].String())
		}
		lines.WriteString("\n")
	}
	write(t, verdictsFile, []byte(lines.String()))
}

// readReports maps "policy Kind/name" to the results in reports.
func readReports(t *testing.T, text string) map[string]verdict {
	t.Helper()
	verdicts := map[string]verdict{}
	for _, document := range strings.Split(text, "\n---\n") {
		var report struct {
			Results []struct {
				Policy, Rule, Result string
				Resources            []struct{ Kind, Name string }
			}
		}
		if err := yaml.Unmarshal([]byte(document), &report); err != nil {
			t.Fatal(err)
		}
		for _, result := range report.Results {
			for _, resource := range result.Resources {
				key := fmt.Sprintf("%s %s/%s", result.Policy, resource.Kind, resource.Name)
				if verdicts[key] == nil {
					verdicts[key] = verdict{}
				}
				verdicts[key][result.Rule] = engine.Status(result.Result)
			}
		}
	}
	return verdicts
}
