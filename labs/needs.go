package labs

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What a step may need that not every cluster has.
const (
	NeedInstall = "install" // Kyverno is the workshop's to install and to remove
	NeedKyverno = "kyverno" // Kyverno runs, or can; labs whose baseline has it need it from the start
	NeedPods    = "pods"    // containers run: they have logs, and can be entered
	NeedSandbox = "sandbox" // nobody else uses the cluster: its nodes may be taken out of service
	NeedWide    = "wide"    // policies apply to the whole cluster, not to the workshop's namespaces alone
	NeedAccount = "account" // an AWS account with a registry and keys
)

// UnfitError says why a lab cannot be done on a cluster at all.
type UnfitError struct{ Reason string }

// Error implements error.
func (e *UnfitError) Error() string { return "the lab cannot be done on this cluster: " + e.Reason }

// fits returns an *UnfitError when the cluster cannot be brought to a baseline.
func fits(cluster Cluster, base Baseline) error {
	limited, ok := cluster.(Limited)
	if !ok || !base.Kyverno {
		return nil
	}
	if reason := limited.Lacks(NeedKyverno); reason != "" {
		return &UnfitError{reason}
	}
	return nil
}

// Limited is a Cluster on which not every step works.
type Limited interface {
	// Lacks says why a need is not met, "" when it is.
	Lacks(need string) (reason string)
}

// lacks says why a step cannot be done on the session's cluster, "" when it can.
func (s *Session) lacks(step *Step) string {
	limited, ok := s.cluster.(Limited)
	if !ok {
		return ""
	}
	for _, need := range step.Needs {
		if reason := limited.Lacks(need); reason != "" {
			return reason
		}
	}
	return ""
}

// needs is the list of a step's needs.
type needs []string

func (n *needs) decodeNode(s *strict, node *yaml.Node) {
	known := []string{NeedInstall, NeedKyverno, NeedPods, NeedSandbox, NeedWide, NeedAccount}
	if node.Kind != yaml.SequenceNode {
		s.note(node, "write needs: [install]", "a list is needed")
		return
	}
	for _, item := range node.Content {
		if !slices.Contains(known, item.Value) {
			s.note(item, "write one of "+strings.Join(known, ", "), "the need %q is not known", item.Value)
			continue
		}
		*n = append(*n, item.Value)
	}
}
