package celpolicy

import (
	"github.com/google/cel-go/cel"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/libs/generator"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// newGeneratingEnvironment is that of policies that generate: lists and maps may hold values of several types there.
func newGeneratingEnvironment(world Surroundings, namespace string) (*cel.Env, *compiler.VariablesProvider, error) {
	options := append(compiler.DynamicResourceEnvOptionsWithCompat(), variables()...)
	base, err := cel.NewEnv(options...)
	if err != nil {
		return nil, nil, err
	}
	provider := compiler.NewVariablesProvider(base.CELTypeProvider())
	types, err := apiservercel.NewDeclTypeProvider(compiler.NamespaceType, compiler.RequestType).EnvOptions(provider)
	if err != nil {
		return nil, nil, err
	}
	options = append(append(options, types...), libraries(world, namespace)...)
	env, err := cel.NewEnv(append(options, generator.Lib(generator.Context{ContextInterface: nowhere{}}, namespace, generator.Latest()), cel.Lib(interruptible{}))...)
	return env, provider, err
}

// nowhere is where expressions generate that are to generate nothing, as those of exceptions.
type nowhere struct{}

// GenerateResources implements Generator.
func (nowhere) GenerateResources(string, []map[string]any) error { return errOutside }
