package cosign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"podsec/engine/image"
	"podsec/kube/process"
)

// secretScheme begins the references of keys in Secrets.
const secretScheme = "k8s://"

// clusterSecrets are the Secrets of the cluster that the kubeconfig of an environment leads to.
type clusterSecrets struct{ env process.IO }

func (s clusterSecrets) client(namespace string) (clientv1.SecretInterface, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if files := s.env.Getenv(clientcmd.RecommendedConfigPathEnvVar); files != "" {
		rules.Precedence = nil
		for _, file := range filepath.SplitList(files) {
			rules.Precedence = append(rules.Precedence, s.env.Path(file))
		}
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("new for config: %w", err)
	}
	client, err := clientv1.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("new for config: %w", err)
	}
	return client.Secrets(namespace), nil
}

// Secret implements image.Secrets.
func (s clusterSecrets) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	client, err := s.client(namespace)
	if err != nil {
		return nil, err
	}
	stored, err := client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return stored.Data, nil
}

// store writes a key pair into a Secret, which is made if there is none.
func (s clusterSecrets) store(ctx context.Context, reference string, pair *image.KeyPair, password []byte) (*corev1.Secret, error) {
	namespace, name, ok := strings.Cut(strings.TrimPrefix(reference, secretScheme), "/")
	if !ok || strings.Contains(name, "/") {
		return nil, errors.New("kubernetes specification should be in the format k8s://<namespace>/<secret>")
	}
	client, err := s.client(namespace)
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{"cosign.key": pair.Private, "cosign.pub": pair.Public, "cosign.password": password}
	stored, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		immutable := true
		made := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Data: data, Immutable: &immutable}
		if made, err = client.Create(ctx, made, metav1.CreateOptions{}); err != nil {
			return nil, fmt.Errorf("creating secret %s in ns %s: %w", name, namespace, err)
		}
		return made, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checking if secret exists: %w", err)
	}
	if stored.Data == nil {
		stored.Data = map[string][]byte{}
	}
	maps.Copy(stored.Data, data)
	if stored, err = client.Update(ctx, stored, metav1.UpdateOptions{}); err != nil {
		return nil, fmt.Errorf("updating secret %s in ns %s: %w", name, namespace, err)
	}
	return stored, nil
}
