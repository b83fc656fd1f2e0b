package kinds

import (
	"time"

	extensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

// extensionKinds are those of apiextensions.k8s.io/v1.
func extensionKinds() []*api.Kind {
	type crd = extensionsv1.CustomResourceDefinition
	return []*api.Kind{builtin[*crd]{
		new: func() *crd { return &crd{} }, group: extensionsv1.SchemeGroupVersion,
		kind: "CustomResourceDefinition", plural: "customresourcedefinitions", short: []string{"crd", "crds"},
		categories: []string{"api-extensions"}, cluster: true, status: true, generation: true,
		defaults: defaultDefinition,
		create: func(d *crd) {
			d.Status = extensionsv1.CustomResourceDefinitionStatus{StoredVersions: storedVersions(d)}
		},
		validate: validateDefinition, validateUpdate: validateDefinitionUpdate,
		columns: []metav1.TableColumnDefinition{nameColumn(), column("Created At", metaDoc("creationTimestamp"))},
		row: func(d *crd, _ time.Time) []any {
			return []any{d.Name, d.CreationTimestamp.UTC().Format(time.RFC3339)}
		},
	}.build()}
}

// defaultDefinition uses the defaulting functions of the API itself.
func defaultDefinition(d *extensionsv1.CustomResourceDefinition) {
	extensionsv1.SetObjectDefaults_CustomResourceDefinition(d)
}

func storedVersions(d *extensionsv1.CustomResourceDefinition) []string {
	for _, v := range d.Spec.Versions {
		if v.Storage {
			return []string{v.Name}
		}
	}
	return nil
}

func validateDefinition(d *extensionsv1.CustomResourceDefinition) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	if want := d.Spec.Names.Plural + "." + d.Spec.Group; d.Name != want {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), d.Name, "must be spec.names.plural+\".\"+spec.group"))
	}
	if d.Spec.Group == "" {
		errs = append(errs, field.Required(at.Child("group"), ""))
	} else {
		errs = append(errs, invalidFor(d.Spec.Group, at.Child("group"), validation.IsDNS1123Subdomain(d.Spec.Group))...)
	}
	errs = append(errs, oneOf(d.Spec.Scope, at.Child("scope"), extensionsv1.ClusterScoped, extensionsv1.NamespaceScoped)...)
	errs = append(errs, validateVersions(d.Spec.Versions, at.Child("versions"))...)
	names := at.Child("names")
	for _, n := range []struct{ child, value string }{
		{"plural", d.Spec.Names.Plural}, {"singular", d.Spec.Names.Singular},
		{"kind", d.Spec.Names.Kind}, {"listKind", d.Spec.Names.ListKind},
	} {
		if n.value == "" {
			errs = append(errs, field.Required(names.Child(n.child), ""))
		}
	}
	if storedVersions(d) == nil {
		errs = append(errs, field.Invalid(field.NewPath("status", "storedVersions"), []string(nil), "must have at least one stored version"))
	}
	return errs
}

// validateVersions asks for exactly one version to be stored, and for a schema in each.
func validateVersions(versions []extensionsv1.CustomResourceDefinitionVersion, at *field.Path) fieldErrors {
	var errs fieldErrors
	seen, stored := sets.New[string](), 0
	for i, v := range versions {
		if seen.Has(v.Name) {
			errs = append(errs, field.Invalid(at, versions, "must contain unique version names"))
		}
		seen.Insert(v.Name)
		if v.Storage {
			stored++
		}
		if v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
			errs = append(errs, field.Required(at.Index(i).Child("schema", "openAPIV3Schema"), "schemas are required"))
		}
	}
	if stored != 1 {
		errs = append(errs, field.Invalid(at, internalList(versions), "must have exactly one version marked as storage version"))
	}
	return errs
}

func validateDefinitionUpdate(d, old *extensionsv1.CustomResourceDefinition) fieldErrors {
	errs := validateDefinition(d)
	for _, c := range old.Status.Conditions {
		if c.Type == extensionsv1.Established && c.Status == extensionsv1.ConditionTrue {
			at := field.NewPath("spec")
			errs = append(errs, immutable(d.Spec.Scope, old.Spec.Scope, at.Child("scope"))...)
			errs = append(errs, immutable(d.Spec.Names.Kind, old.Spec.Names.Kind, at.Child("names", "kind"))...)
		}
	}
	return errs
}
