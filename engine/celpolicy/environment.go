package celpolicy

import (
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/libs/globalcontext"
	"github.com/kyverno/sdk/extensions/cel/libs/gzip"
	"github.com/kyverno/sdk/extensions/cel/libs/hash"
	"github.com/kyverno/sdk/extensions/cel/libs/http"
	"github.com/kyverno/sdk/extensions/cel/libs/image"
	"github.com/kyverno/sdk/extensions/cel/libs/imagedata"
	"github.com/kyverno/sdk/extensions/cel/libs/json"
	"github.com/kyverno/sdk/extensions/cel/libs/math"
	"github.com/kyverno/sdk/extensions/cel/libs/random"
	"github.com/kyverno/sdk/extensions/cel/libs/resource"
	"github.com/kyverno/sdk/extensions/cel/libs/time"
	"github.com/kyverno/sdk/extensions/cel/libs/transform"
	"github.com/kyverno/sdk/extensions/cel/libs/user"
	"github.com/kyverno/sdk/extensions/cel/libs/x509"
	"github.com/kyverno/sdk/extensions/cel/libs/yaml"
	"k8s.io/apimachinery/pkg/util/version"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// allowance is the variable "exceptions": what the exceptions of a policy allow.
type allowance struct {
	AllowedImages []string `cel:"allowedImages"`
	AllowedValues []string `cel:"allowedValues"`
}

// newEnvironment is the environment of a policy's expressions, and the provider that learns the types of its variables.
// major is the version of Kubernetes whose functions there are, declared are the variables that each of them may name, more
// are further options. A policy of a namespace sees only that one's resources, and no global context.
func newEnvironment(world Surroundings, namespace string, major uint, declared []cel.EnvOption, more ...cel.EnvOption) (*cel.Env, *compiler.VariablesProvider, error) {
	since := version.MajorMinor(major, 0)
	base := environment.MustBaseEnvSet(since)
	env, err := base.Env(environment.StoredExpressions)
	if err != nil {
		return nil, nil, err
	}
	provider := compiler.NewVariablesProvider(env.CELTypeProvider())
	types, err := apiservercel.NewDeclTypeProvider(compiler.NamespaceType, compiler.RequestType).EnvOptions(provider)
	if err != nil {
		return nil, nil, err
	}
	options := append(compiler.DefaultEnvOptionsWithCompat(), declared...)
	options = append(append(options, types...), more...)
	// Types of Go are found only once those of the API server are declared.
	extended, err := base.Extend(
		environment.VersionedOptions{IntroducedVersion: since, EnvOptions: options},
		environment.VersionedOptions{IntroducedVersion: since, EnvOptions: append(libraries(world, namespace), user.Lib(user.Latest()), cel.Lib(interruptible{}))},
	)
	if err != nil {
		return nil, nil, err
	}
	env, err = extended.Env(environment.StoredExpressions)
	return env, provider, err
}

// interruptible lets the evaluation of programs end with its context.
type interruptible struct{}

// CompileOptions implements cel.Library.
func (interruptible) CompileOptions() []cel.EnvOption { return nil }

// ProgramOptions implements cel.Library.
func (interruptible) ProgramOptions() []cel.ProgramOption {
	return []cel.ProgramOption{cel.InterruptCheckFrequency(celconfig.CheckFrequency)}
}

// variables are what expressions about requests may name.
func variables() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Variable(compiler.NamespaceObjectKey, compiler.NamespaceType.CelType()),
		cel.Variable(compiler.ObjectKey, cel.DynType),
		cel.Variable(compiler.OldObjectKey, cel.DynType),
		cel.Variable(compiler.RequestKey, compiler.RequestType.CelType()),
		cel.Types(compiler.NamespaceType.CelType()),
		cel.Types(compiler.RequestType.CelType()),
		cel.Variable(compiler.VariablesKey, compiler.VariablesType),
	}
}

// libraries are the functions that Kyverno adds for policies of all kinds.
func libraries(world Surroundings, namespace string) []cel.EnvOption {
	return []cel.EnvOption{
		ext.NativeTypes(reflect.TypeFor[allowance](), ext.ParseStructTags(true)),
		cel.Variable(compiler.ExceptionsKey, types.NewObjectType("celpolicy.allowance")),
		globalcontext.Lib(globalcontext.Context{ContextInterface: compiler.ConfineGlobalContext(world, namespace)}, globalcontext.Latest()),
		resource.Lib(resource.Context{ContextInterface: world}, namespace, resource.Latest()),
		imagedata.Lib(imagedata.Context{ContextInterface: world}, imagedata.Latest(), nil),
		http.Lib(http.Context{ContextInterface: world.HTTP()}, http.Latest()),
		json.Lib(&json.JsonImpl{}, json.Latest()),
		yaml.Lib(&yaml.YamlImpl{}, yaml.Latest()),
		image.Lib(image.Latest()),
		hash.Lib(hash.Latest()),
		math.Lib(math.Latest()),
		random.Lib(random.Latest()),
		x509.Lib(x509.Latest()),
		time.Lib(time.Latest()),
		transform.Lib(transform.Latest()),
		gzip.Lib(gzip.Latest()),
	}
}
