package cli_test

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"

	"podsec/engine/cli"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

// TestMain lets scripts run this program as kyverno.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kyverno": func() {
		os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Options{Types: types}, os.Stdin, os.Stdout, os.Stderr))
	}})
}

// types knows the fields of the built-in kinds.
func types(kind schema.GroupVersionKind) managedfields.TypeConverter {
	if !scheme.Scheme.Recognizes(kind) {
		return nil
	}
	return applyconfigurations.NewTypeConverter(scheme.Scheme)
}

// TestScripts runs command lines on the files beside them. What they print is what the Kyverno CLI 1.19 prints, but for
// the order of resources and reports, which is random there.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true})
}
