package aws

import (
	"regexp"
	"strings"
	"time"
)

// alias is another name of a key.
type alias struct {
	name, key string
	created   time.Time
}

type aliasInput struct{ AliasName, TargetKeyId string } //nolint:revive // AWS's name

var aliasPattern = regexp.MustCompile(`^[a-zA-Z0-9:/_-]+$`)

// isAlias says whether a name is an alias's, by itself or as an ARN.
func isAlias(name string) bool {
	return strings.HasPrefix(name, "alias/") || strings.HasPrefix(name, "arn:") && strings.Contains(name, ":alias/")
}

func (a *Account) createAlias(c caller, in aliasInput) (none, error) {
	switch {
	case in.AliasName == "":
		return none{}, missing("aliasName")
	case !aliasPattern.MatchString(in.AliasName):
		return none{}, refusal("ValidationException", "1 validation error detected: Value '%s' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$", in.AliasName)
	case !strings.HasPrefix(in.AliasName, "alias/"):
		return none{}, refusal("ValidationException", `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
	case strings.HasPrefix(in.AliasName, "alias/aws/"):
		return none{}, refusal("NotAuthorizedException", "")
	case a.region(c.region).aliases[in.AliasName] != nil:
		return none{}, refusal("AlreadyExistsException", "An alias with the name %s already exists", a.arn("kms", c.region, in.AliasName))
	case isAlias(in.TargetKeyId):
		return none{}, refusal("ValidationException", "Aliases must refer to keys. Not aliases")
	}
	k, err := a.find(c, in.TargetKeyId)
	switch {
	case err != nil:
		return none{}, err
	case k.state == pendingDeletion:
		return none{}, a.pending(c, k)
	}
	a.region(c.region).aliases[in.AliasName] = &alias{in.AliasName, k.id, a.now()}
	return none{}, nil
}

// deleteAlias removes the name; the key stays.
func (a *Account) deleteAlias(c caller, in aliasInput) (none, error) {
	r := a.region(c.region)
	switch {
	case in.AliasName == "":
		return none{}, missing("aliasName")
	case r.aliases[in.AliasName] == nil:
		return none{}, refusal("NotFoundException", "Alias %s is not found.", a.arn("kms", c.region, in.AliasName))
	}
	delete(r.aliases, in.AliasName)
	return none{}, nil
}

type aliasEntry struct {
	AliasName, AliasArn, TargetKeyId string //nolint:revive // AWS's name
	CreationDate, LastUpdatedDate    epoch
}

type listAliasesOutput struct {
	Aliases    []aliasEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

func (a *Account) listAliases(c caller, in listInput) (listAliasesOutput, error) {
	only := ""
	if in.KeyId != "" {
		k, err := a.find(c, in.KeyId)
		if err != nil {
			return listAliasesOutput{}, err
		}
		only = k.id
	}
	var all []*alias
	for _, one := range sorted(a.region(c.region).aliases, func(x *alias) time.Time { return x.created }) {
		if only == "" || one.key == only {
			all = append(all, one)
		}
	}
	part, next, err := page(all, in.Marker, in.Limit, 50, func(x *alias) string { return x.name })
	out := listAliasesOutput{Aliases: []aliasEntry{}, NextMarker: next, Truncated: next != ""}
	for _, x := range part {
		out.Aliases = append(out.Aliases, aliasEntry{x.name, a.arn("kms", c.region, x.name), x.key, epoch(x.created), epoch(x.created)})
	}
	return out, err
}
