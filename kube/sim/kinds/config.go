package kinds

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func configMapKind() *api.Kind {
	return builtin[*corev1.ConfigMap]{
		new: func() *corev1.ConfigMap { return &corev1.ConfigMap{} }, group: corev1.SchemeGroupVersion,
		kind: "ConfigMap", plural: "configmaps", short: []string{"cm"},
		validate: validateConfigMap, validateUpdate: validateConfigMapUpdate,
		columns: columnsOf(number("Data", corev1.ConfigMap{}.SwaggerDoc()["data"])),
		row: func(cm *corev1.ConfigMap, now time.Time) []any {
			return []any{cm.Name, int64(len(cm.Data) + len(cm.BinaryData)), ageOf(cm, now)}
		},
	}.build()
}

func validateConfigMap(cm *corev1.ConfigMap) fieldErrors {
	errs := validateKeys(cm.Data, field.NewPath("data"))
	errs = append(errs, validateKeys(cm.BinaryData, field.NewPath("binaryData"))...)
	for _, key := range sortedKeys(cm.BinaryData) {
		if _, ok := cm.Data[key]; ok {
			errs = append(errs, field.Invalid(field.NewPath("data").Key(key), key, fmt.Sprintf("duplicate of key present in binaryData")))
		}
	}
	return errs
}

func validateKeys[V any](data map[string]V, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, key := range sortedKeys(data) {
		errs = append(errs, invalidFor(key, at.Key(key), validation.IsConfigMapKey(key))...)
	}
	return errs
}

func validateConfigMapUpdate(cm, old *corev1.ConfigMap) fieldErrors {
	var errs fieldErrors
	if old.Immutable != nil && *old.Immutable {
		if cm.Immutable == nil || !*cm.Immutable {
			errs = append(errs, field.Forbidden(field.NewPath("immutable"), "field is immutable when `immutable` is set"))
		}
		if !equal(cm.Data, old.Data) {
			errs = append(errs, field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set"))
		}
		if !equal(cm.BinaryData, old.BinaryData) {
			errs = append(errs, field.Forbidden(field.NewPath("binaryData"), "field is immutable when `immutable` is set"))
		}
	}
	return append(errs, validateConfigMap(cm)...)
}

func secretKind() *api.Kind {
	return builtin[*corev1.Secret]{
		new: func() *corev1.Secret { return &corev1.Secret{} }, group: corev1.SchemeGroupVersion,
		kind: "Secret", plural: "secrets",
		defaults: defaultSecret, validate: validateSecret, validateUpdate: validateSecretUpdate,
		columns: columnsOf(column("Type", corev1.Secret{}.SwaggerDoc()["type"]), number("Data", corev1.Secret{}.SwaggerDoc()["data"])),
		row: func(s *corev1.Secret, now time.Time) []any {
			return []any{s.Name, string(s.Type), int64(len(s.Data)), ageOf(s, now)}
		},
	}.build()
}

// defaultSecret types a secret and moves stringData, which is write-only, into data.
func defaultSecret(s *corev1.Secret) {
	setEmpty(&s.Type, corev1.SecretTypeOpaque)
	for key, value := range s.StringData {
		if s.Data == nil {
			s.Data = map[string][]byte{}
		}
		s.Data[key] = []byte(value)
	}
	s.StringData = nil
}

func validateSecret(s *corev1.Secret) fieldErrors {
	at := field.NewPath("data")
	errs := validateKeys(s.Data, at)
	need := func(keys ...string) {
		for _, key := range keys {
			if _, ok := s.Data[key]; !ok {
				errs = append(errs, field.Required(at.Key(key), ""))
			}
		}
	}
	switch s.Type {
	case corev1.SecretTypeDockerConfigJson:
		need(corev1.DockerConfigJsonKey)
		errs = append(errs, validateJSON(s.Data, corev1.DockerConfigJsonKey)...)
	case corev1.SecretTypeDockercfg:
		need(corev1.DockerConfigKey)
		errs = append(errs, validateJSON(s.Data, corev1.DockerConfigKey)...)
	case corev1.SecretTypeBasicAuth:
		_, user := s.Data[corev1.BasicAuthUsernameKey]
		if _, password := s.Data[corev1.BasicAuthPasswordKey]; !user && !password { // one of them is enough
			need(corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey)
		}
	case corev1.SecretTypeServiceAccountToken:
		if s.Annotations[corev1.ServiceAccountNameKey] == "" {
			errs = append(errs, field.Required(field.NewPath("metadata", "annotations").Key(corev1.ServiceAccountNameKey), ""))
		}
	case corev1.SecretTypeTLS:
		need(corev1.TLSCertKey, corev1.TLSPrivateKeyKey)
	case corev1.SecretTypeSSHAuth:
		need(corev1.SSHAuthPrivateKey)
	}
	return errs
}

// validateJSON checks credentials without showing them.
func validateJSON(data map[string][]byte, key string) fieldErrors {
	value, ok := data[key]
	if !ok {
		return nil
	}
	var any map[string]any
	if err := json.Unmarshal(value, &any); err != nil {
		return fieldErrors{field.Invalid(field.NewPath("data").Key(key), "<secret contents redacted>", err.Error())}
	}
	return nil
}

func validateSecretUpdate(s, old *corev1.Secret) fieldErrors {
	errs := immutable(s.Type, old.Type, field.NewPath("type"))
	if old.Immutable != nil && *old.Immutable {
		if s.Immutable == nil || !*s.Immutable {
			errs = append(errs, field.Forbidden(field.NewPath("immutable"), "field is immutable when `immutable` is set"))
		}
		if !equal(s.Data, old.Data) {
			errs = append(errs, field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set"))
		}
	}
	return append(errs, validateSecret(s)...)
}

func serviceAccountKind() *api.Kind {
	return builtin[*corev1.ServiceAccount]{
		new: func() *corev1.ServiceAccount { return &corev1.ServiceAccount{} }, group: corev1.SchemeGroupVersion,
		kind: "ServiceAccount", plural: "serviceaccounts", short: []string{"sa"},
		columns: []metav1.TableColumnDefinition{nameColumn(), ageColumn()},
		row:     func(sa *corev1.ServiceAccount, now time.Time) []any { return []any{sa.Name, ageOf(sa, now)} },
	}.build()
}
