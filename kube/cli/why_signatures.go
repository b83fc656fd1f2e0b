package cli

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/sigstore/sigstore/pkg/signature"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"podsec/engine/image"
	"podsec/kube/kms"
	"podsec/kube/process"
	"podsec/kube/registry"
)

// verifySignatures has images verified, if that is wanted. Registries are asked as this user, and transparency logs never.
func (s *subjects) verifySignatures(ctx context.Context, o *whyOptions) error {
	if !o.signatures {
		return nil
	}
	options, err := registry.Options(ctx, process.Own())
	if err != nil {
		return fmt.Errorf("reach registries: %w", err)
	}
	s.options.Engine.ImageVerifier = &image.Verifier{
		Registry: image.Registry{Remote: options},
		Keys:     image.Keys{Secrets: secretsOf{s.config}, KMS: userKMS{}},
	}
	return nil
}

// secretsOf are the Secrets of a cluster; without one there are none.
type secretsOf struct{ config *rest.Config }

// Secret implements image.Secrets.
func (s secretsOf) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	if s.config == nil {
		return nil, errors.New("no cluster is asked for Secrets when policies are files: name a resource of the cluster, or leave -p out")
	}
	client, err := clientv1.NewForConfig(s.config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	stored, err := client.Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return stored.Data, nil
}

// userKMS is the key management service that the environment leads to. It is looked for once a policy names a key there.
type userKMS struct{}

// Key implements image.KMS.
func (userKMS) Key(ctx context.Context, uri string, hash crypto.Hash) (signature.SignerVerifier, error) {
	loaded, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("read AWS configuration: %w", err)
	}
	return kms.New(loaded).Key(ctx, uri, hash)
}
