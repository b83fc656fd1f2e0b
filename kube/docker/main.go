package docker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"

	"podsec/kube/process"
	"podsec/kube/registry"
)

// RootVariable is the environment variable that names the folder of the local images.
const RootVariable = "PODSEC_DOCKER_ROOT"

// Main runs the command line args ("push", "registry.example/shop:v1") and returns the exit status. Credentials are kept
// where the docker command keeps them, in the folder that DOCKER_CONFIG names.
func Main(ctx context.Context, args []string, std process.IO) int {
	p := &program{std: std, now: time.Now}
	root := p.root()
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(std.Err, err)
	if p.running {
		return 1
	}
	return wrongUsage(command, err, std.Err)
}

// program is one run of the command.
type program struct {
	std     process.IO
	now     func() time.Time
	running bool // the command line made sense
}

// Inside says whether the command can be run in an environment that is not the process's own: it has to name the folders of
// images and credentials, and where registries answer.
func Inside(_ []string, std process.IO) bool {
	return std.Getenv(RootVariable) != "" && registry.Inside(std)
}

// store opens the folder of the local images.
func (p *program) store() (*store, error) {
	folder := p.std.Getenv(RootVariable)
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find folder for images: %w", err)
		}
		folder = filepath.Join(cache, "podsec", "docker")
	}
	return openStore(p.std.Path(folder))
}

func (p *program) remote(ctx context.Context) ([]remote.Option, error) {
	return registry.Options(ctx, p.std)
}

const about = `podsec's stand-in for docker. It is not Docker: there is no daemon, and it neither
builds nor runs anything. It keeps images in a folder and moves them to and from registries.`

// root builds the command line. It is built anew for every run, so that no flag survives.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "docker", Short: "podsec's stand-in for docker", Long: about,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { p.running = true },
		Args:              func(_ *cobra.Command, args []string) error { return unknownCommand("docker", args) },
		RunE:              func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetOut(p.std.Out)
	root.SetErr(p.std.Err)
	image := &cobra.Command{
		Use: "image", Short: "Manage images",
		Args: func(_ *cobra.Command, args []string) error { return unknownCommand("docker image", args) },
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	image.AddCommand(p.pullCommand(), p.tagCommand(), p.pushCommand(), p.imagesCommand("ls"), p.removeCommand("rm"), p.inspectCommand())
	root.AddCommand(p.loginCommand(), p.logoutCommand(), p.pullCommand(), p.tagCommand(), p.pushCommand(), p.imagesCommand("images"),
		p.removeCommand("rmi"), p.inspectCommand(), p.versionCommand(), image)
	return root
}

// versionCommand prints what this is; scripts that look for Docker's version must not be misled.
func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say what this is", Args: exactly(0),
		Run: func(*cobra.Command, []string) {
			fmt.Fprintln(p.std.Out, "podsec's stand-in for docker, for images and registries; not Docker itself")
		},
	}
}
