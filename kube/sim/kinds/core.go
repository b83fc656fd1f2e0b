package kinds

import "podsec/kube/sim/api"

// coreKinds are those of the legacy group "", version v1.
func coreKinds() []*api.Kind {
	return []*api.Kind{
		componentStatusKind(), configMapKind(), endpointsKind(), eventKind(), limitRangeKind(), namespaceKind(), nodeKind(),
		persistentVolumeClaimKind(), persistentVolumeKind(), podKind(), podTemplateKind(), replicationControllerKind(),
		resourceQuotaKind(), secretKind(), serviceAccountKind(), serviceKind(),
	}
}
