package loopback

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/natefinch/atomic"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// contextName is what kubectl config get-contexts shows.
const contextName = "podsec"

// WriteKubeconfig writes a kubeconfig for the Endpoint that only the user can read. The file appears whole or not at
// all, so that whoever waits for it can use it at once.
func (e *Endpoint) WriteKubeconfig(path string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters[contextName] = &clientcmdapi.Cluster{Server: e.url, CertificateAuthorityData: e.ca}
	config.AuthInfos[contextName] = &clientcmdapi.AuthInfo{Token: e.token}
	config.Contexts[contextName] = &clientcmdapi.Context{Cluster: contextName, AuthInfo: contextName, Namespace: "default"}
	config.CurrentContext = contextName
	data, err := clientcmd.Write(*config)
	if err != nil {
		return fmt.Errorf("encode kubeconfig: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder for kubeconfig: %w", err)
	}
	// A new file gets mode 0600; one that is replaced hands its mode on, so that has to be right first.
	if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("protect kubeconfig: %w", err)
	}
	if err := atomic.WriteFile(path, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	return nil
}
