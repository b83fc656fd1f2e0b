package docker

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"podsec/kube/registry"
)

// hub is how docker names Docker Hub among the credentials.
const hub = "https://index.docker.io/v1/"

type credentials struct {
	user, password string
	fromStdin      bool
}

func (p *program) loginCommand() *cobra.Command {
	var given credentials
	command := &cobra.Command{
		Use: "login [OPTIONS] [SERVER]", DisableFlagsInUseLine: true, Short: "Authenticate to a registry", Args: atMost(1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.login(command.Context(), given, strings.Join(args, ""))
		},
	}
	flags := command.Flags()
	flags.StringVarP(&given.user, "username", "u", "", "Username")
	flags.StringVarP(&given.password, "password", "p", "", "Password or Personal Access Token (PAT)")
	flags.BoolVar(&given.fromStdin, "password-stdin", false, "Take the Password or Personal Access Token (PAT) from stdin")
	return command
}

// login tries credentials out and keeps them.
func (p *program) login(ctx context.Context, given credentials, server string) error {
	if err := p.complete(&given); err != nil {
		return err
	}
	host := server
	if host == "" {
		server, host = hub, name.DefaultRegistry
	}
	if err := p.try(ctx, given, host); err != nil {
		return err
	}
	file, err := registry.Credentials(p.std)
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	if err := p.keep(file, types.AuthConfig{ServerAddress: server, Username: given.user, Password: given.password}); err != nil {
		return fmt.Errorf("keep credentials: %w", err)
	}
	fmt.Fprintln(p.std.Out, "Login Succeeded")
	return nil
}

// unencrypted is docker's warning. Its library would print it to the standard error of the process, once.
const unencrypted = `
WARNING! Your credentials are stored unencrypted in '%s'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

`

// keep keeps credentials, in the file if it names no helper.
func (p *program) keep(file *configfile.ConfigFile, kept types.AuthConfig) error {
	store, plain := registry.Store(file, kept.ServerAddress)
	if !plain {
		return store.Store(kept)
	}
	all := file.GetAuthConfigs()
	if all[kept.ServerAddress] == kept {
		return nil
	}
	all[kept.ServerAddress] = kept
	if err := file.Save(); err != nil {
		return err
	}
	fmt.Fprintf(p.std.Err, unencrypted, file.GetFilename())
	return nil
}

// complete reads the password from standard input and refuses what is not enough.
func (p *program) complete(given *credentials) error {
	switch {
	case given.fromStdin && given.password != "":
		return failure("conflicting options: cannot specify both --password and --password-stdin")
	case given.fromStdin && given.user == "":
		return failure("the --password-stdin option requires --username to be set")
	case given.fromStdin:
		data, err := io.ReadAll(io.LimitReader(p.std.In, 1<<20))
		if err != nil {
			return fmt.Errorf("read password: %w", err)
		}
		if given.password = string(bytes.TrimRight(data, "\r\n")); given.password == "" {
			return failure("password is empty")
		}
	case given.password != "":
		fmt.Fprintln(p.std.Err, "WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
	}
	if given.user == "" || given.password == "" {
		return failure("Error: Cannot perform an interactive login from a non TTY device")
	}
	return nil
}

// try uses credentials once.
func (p *program) try(ctx context.Context, given credentials, host string) error {
	registryName, err := name.NewRegistry(host)
	if err != nil {
		return failure("invalid registry " + host)
	}
	address := registryName.Scheme() + "://" + registryName.RegistryStr() + "/v2/"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	request.SetBasicAuth(given.user, given.password)
	transport, err := registry.Transport(http.DefaultTransport, p.std.Getenv(registry.MirrorVariable))
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return daemon("Get %q: %v", address, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized:
		return daemon("Get %q: unauthorized: incorrect username or password", address)
	}
	return daemon("login attempt to %s failed with status: %d %s", address, response.StatusCode, http.StatusText(response.StatusCode))
}

func (p *program) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "logout [SERVER]", DisableFlagsInUseLine: true, Short: "Log out from a registry", Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			server := cmp.Or(strings.Join(args, ""), hub)
			file, err := registry.Credentials(p.std)
			if err != nil {
				return fmt.Errorf("read credentials: %w", err)
			}
			if _, kept := file.GetAuthConfigs()[server]; !kept {
				fmt.Fprintf(p.std.Out, "Not logged in to %s\n", server)
				return nil
			}
			fmt.Fprintf(p.std.Out, "Removing login credentials for %s\n", server)
			store, _ := registry.Store(file, server)
			return store.Erase(server)
		},
	}
}
