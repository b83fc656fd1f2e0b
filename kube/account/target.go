package account

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"podsec/kube/live"
)

// Target is a region of an AWS account that credentials lead to.
type Target struct {
	ID     string // the account's number
	Region string
	ARN    string // of who the credentials are of
	Config aws.Config
}

// String names the target: "123456789012 in eu-central-1".
func (t *Target) String() string { return t.ID + " in " + t.Region }

// Configuration is the SDK's configuration of the process's environment and the user's files. The error is an *Error when
// the user can do something about it.
func Configuration(ctx context.Context) (aws.Config, error) {
	loaded, err := config.LoadDefaultConfig(ctx)
	if profile := (config.SharedConfigProfileNotExistError{}); errors.As(err, &profile) {
		return loaded, &Error{Trouble: live.Trouble{Problem: "there is no profile " + profile.Profile, Hint: "aws configure list-profiles; AWS_PROFILE chooses one of them"}}
	}
	if err != nil {
		return loaded, fmt.Errorf("read AWS configuration: %w", err)
	}
	return loaded, nil
}

// accountID is the form of an account's number, which ends up in names of files.
var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// Find asks AWS which account a configuration leads to, and nothing else. The error is an *Error when the user can do
// something about it.
func Find(ctx context.Context, config aws.Config) (*Target, error) {
	if config.Region == "" {
		return nil, &Error{Trouble: noRegion()}
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, trouble := credentialsOf(limited, config); trouble != nil {
		return nil, &Error{Trouble: live.Trouble{Problem: "credentials: " + trouble.Problem, Hint: trouble.Hint}}
	}
	return identify(limited, config)
}

// identify asks AWS whose the credentials of a configuration are, and refuses an account that labs cannot be done in. The
// error is an *Error.
func identify(ctx context.Context, config aws.Config) (*Target, error) {
	answer, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, trouble("sts:GetCallerIdentity", err)
	}
	t := &Target{ID: aws.ToString(answer.Account), Region: config.Region, ARN: aws.ToString(answer.Arn), Config: config}
	switch {
	case !accountID.MatchString(t.ID):
		return nil, &Error{Trouble: live.Trouble{Problem: fmt.Sprintf("%q is not the number of an account", t.ID)}}
	case strings.HasPrefix(t.ARN, "arn:aws-cn:"):
		return nil, &Error{Trouble: live.Trouble{Problem: "the labs know the names of registries outside of China only", Hint: "use an account of another partition"}}
	}
	return t, nil
}

// noRegion says that it is not known where.
func noRegion() live.Trouble {
	return live.Trouble{Problem: "no region is set", Hint: "export AWS_REGION=us-east-1, or aws configure"}
}

// registry is the name of the target's registry.
func (t *Target) registry() string { return t.ID + ".dkr.ecr." + t.Region + ".amazonaws.com" }
