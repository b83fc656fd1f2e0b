package process

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
	"podsec/engine/jmespath"
)

// LoadValues reads a values file; shown is its name in messages. A file in the form of before Kyverno 1.12 is refused.
func LoadValues(source *files.Source, out io.Writer, name, shown string) (*manifest.Values, error) {
	data, err := source.Read(name)
	if err != nil {
		return nil, fmt.Errorf("unable to load variable file: %s (%w)", shown, err)
	}
	values, err := manifest.ParseValues(data)
	if err != nil {
		return nil, fmt.Errorf("unable to load variable file: %s (%w)", shown, err)
	}
	if values.Deprecated() {
		fmt.Fprintf(out, "\nWARNING: values file (%s) uses a deprecated schema that will be removed in 1.15\n", shown)
		return nil, fmt.Errorf("values file %s uses a deprecated schema — please migrate to the latest format", shown)
	}
	return values, nil
}

// LoadUserInfo reads a user info file.
func LoadUserInfo(source *files.Source, name string) (*manifest.UserInfo, error) {
	data, err := source.Read(name)
	if err != nil {
		return nil, fmt.Errorf("unable to read yaml (unable to read yaml (%w))", err)
	}
	return manifest.ParseUserInfo(data)
}

// NewEngine returns an engine that has the clock and the randomness of the machine, and does not explain.
func NewEngine(o engine.Options) *engine.Engine {
	o.NoTrace = true
	o.Now, o.Rand, o.LookupIP = time.Now, random(), net.LookupIP
	return engine.New(o)
}

func random() *rand.Rand {
	now := uint64(time.Now().UnixNano()) //nolint:gosec // only to differ from run to run
	return rand.New(rand.NewPCG(now, now>>1))
}

// Interpreter returns an interpreter of JMESPath with Kyverno's functions.
func Interpreter() *jmespath.Interpreter {
	return jmespath.New(jmespath.Options{Now: time.Now, Rand: random(), LookupIP: net.LookupIP, NormalizeImage: engine.NormalizeImage})
}

// Search evaluates a JMESPath expression on a value.
func Search(expression string, value any) (any, error) {
	query, err := Interpreter().Compile(expression)
	if err != nil {
		return nil, err
	}
	return query.Search(value)
}
