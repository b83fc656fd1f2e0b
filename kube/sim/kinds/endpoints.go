package kinds

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func endpointsKind() *api.Kind {
	return builtin[*corev1.Endpoints]{
		new: func() *corev1.Endpoints { return &corev1.Endpoints{} }, group: corev1.SchemeGroupVersion,
		kind: "Endpoints", plural: "endpoints", short: []string{"ep"},
		defaults: defaultEndpoints, validate: validateEndpoints, columns: columnsOf(column("Endpoints", corev1.Endpoints{}.SwaggerDoc()["subsets"])),
		row: func(e *corev1.Endpoints, now time.Time) []any { return []any{e.Name, endpointsText(e), ageOf(e, now)} },
		warnings: func(*corev1.Endpoints) []string {
			return []string{"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"}
		},
	}.build()
}

func defaultEndpoints(e *corev1.Endpoints) {
	for i := range e.Subsets {
		for j := range e.Subsets[i].Ports {
			setEmpty(&e.Subsets[i].Ports[j].Protocol, corev1.ProtocolTCP)
		}
	}
}

func endpointsText(e *corev1.Endpoints) string {
	var out []string
	for _, subset := range e.Subsets {
		for _, address := range subset.Addresses {
			if len(subset.Ports) == 0 {
				out = append(out, address.IP)
			}
			for _, port := range subset.Ports {
				out = append(out, fmt.Sprintf("%s:%d", address.IP, port.Port))
			}
		}
	}
	return moreThan(out, 3)
}

func discoveryKinds() []*api.Kind {
	return []*api.Kind{builtin[*discoveryv1.EndpointSlice]{
		new: func() *discoveryv1.EndpointSlice { return &discoveryv1.EndpointSlice{} }, group: discoveryv1.SchemeGroupVersion,
		kind: "EndpointSlice", plural: "endpointslices", generation: true, defaults: defaultEndpointSlice, validate: validateEndpointSlice,
		changed: func(s, old *discoveryv1.EndpointSlice) bool {
			return !equal(s.Endpoints, old.Endpoints) || !equal(s.Ports, old.Ports)
		},
		columns: endpointSliceColumns(), row: endpointSliceRow,
	}.build()}
}

func defaultEndpointSlice(s *discoveryv1.EndpointSlice) {
	for i := range s.Ports {
		setDefault(&s.Ports[i].Name, "")
		setDefault(&s.Ports[i].Protocol, corev1.ProtocolTCP)
	}
}

func endpointSliceColumns() []metav1.TableColumnDefinition {
	doc := discoveryv1.EndpointSlice{}.SwaggerDoc()
	return columnsOf(column("AddressType", doc["addressType"]), column("Ports", doc["ports"]), column("Endpoints", doc["endpoints"]))
}

func endpointSliceRow(s *discoveryv1.EndpointSlice, now time.Time) []any {
	var ports, addresses []string
	for _, port := range s.Ports {
		if port.Port == nil {
			ports = append(ports, "*")
			continue
		}
		ports = append(ports, fmt.Sprint(ptr.Deref(port.Port, 0)))
	}
	for _, endpoint := range s.Endpoints {
		addresses = append(addresses, endpoint.Addresses...)
	}
	text := func(items []string) string {
		if len(items) == 0 {
			return unset
		}
		return moreThan(items, 3)
	}
	return []any{s.Name, string(s.AddressType), text(ports), strings.TrimSpace(text(addresses)), ageOf(s, now)}
}
