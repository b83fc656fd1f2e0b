package helm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// errNotFound is Helm's word for a release without a record.
var errNotFound = errors.New("release: not found")

// records lists the Secrets that are records of a release (of all when name is empty) in a namespace ("" is all).
func (c *cluster) records(ctx context.Context, namespace, name string) ([]corev1.Secret, error) {
	selector := labels.Set{"owner": "helm"}
	if name != "" {
		selector["name"] = name
	}
	secrets, err := c.typed.CoreV1().Secrets(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return nil, fmt.Errorf("query: failed to query with labels: %w", err)
	}
	return slices.DeleteFunc(secrets.Items, func(secret corev1.Secret) bool { return secret.Type != secretType }), nil
}

// history reads records, oldest first.
func (c *cluster) history(ctx context.Context, namespace, name string) ([]*release, error) {
	secrets, err := c.records(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	var history []*release
	for _, secret := range secrets {
		record, err := decode(secret.Data["release"])
		if err != nil {
			return nil, fmt.Errorf("secret %s/%s: %w", secret.Namespace, secret.Name, err)
		}
		history = append(history, record)
	}
	slices.SortFunc(history, func(a, b *release) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Version, b.Version))
	})
	return history, nil
}

// last returns the newest record of a release.
func (c *cluster) last(ctx context.Context, namespace, name string) (*release, error) {
	records, err := c.history(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, errNotFound
	}
	return records[len(records)-1], nil
}

// save stores a record: a new one with the label createdAt, a known one with modifiedAt.
func (c *cluster) save(ctx context.Context, record *release, created bool, now time.Time) error {
	if !created {
		secret, err := record.secret("modifiedAt", now)
		if err != nil {
			return err
		}
		if _, err := c.typed.CoreV1().Secrets(record.Namespace).Update(ctx, secret, metav1.UpdateOptions{FieldManager: fieldManagerHelm}); err != nil {
			return fmt.Errorf("update: failed to update: %w", err)
		}
		return nil
	}
	secret, err := record.secret("createdAt", now)
	if err != nil {
		return err
	}
	if _, err := c.typed.CoreV1().Secrets(record.Namespace).Create(ctx, secret, metav1.CreateOptions{FieldManager: fieldManagerHelm}); err != nil {
		return fmt.Errorf("create: failed to create: %w", err)
	}
	return nil
}

// ensureNamespace creates the release's namespace unless it is there.
func (c *cluster) ensureNamespace(ctx context.Context, name string) error {
	_, err := c.typed.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"name": name}},
	}, metav1.CreateOptions{FieldManager: fieldManagerHelm})
	return ignoreExists(err)
}
