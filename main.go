package main

import (
	_ "charm.land/bubbles/v2/viewport"
	_ "charm.land/bubbletea/v2"
	_ "charm.land/glamour/v2"
	_ "charm.land/lipgloss/v2"
	_ "github.com/itchyny/gojq"
	_ "github.com/kyverno/go-jmespath"
	_ "github.com/kyverno/kyverno/ext/wildcard"
	_ "github.com/kyverno/kyverno/pkg/engine/anchor"
	_ "github.com/kyverno/kyverno/pkg/engine/mutate/patch"
	_ "github.com/kyverno/kyverno/pkg/engine/operator"
	_ "github.com/kyverno/kyverno/pkg/engine/pattern"
	_ "github.com/kyverno/kyverno/pkg/engine/validate"
	_ "github.com/kyverno/kyverno/pkg/engine/variables/regex"
	_ "github.com/kyverno/kyverno/pkg/pss/utils"
	_ "github.com/spf13/cobra"
	_ "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	_ "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	_ "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	_ "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	_ "k8s.io/client-go/applyconfigurations"
	_ "k8s.io/client-go/dynamic/dynamicinformer"
	_ "k8s.io/client-go/informers"
	_ "k8s.io/kubectl/pkg/cmd"
	_ "k8s.io/pod-security-admission/admission"
	_ "mvdan.cc/sh/v3/interp"
	_ "sigs.k8s.io/yaml"
)

func main() {}
