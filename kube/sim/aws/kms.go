package aws

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// kms is AWS KMS (API version 2014-11-01), as far as signing goes.
func (a *Account) kms() service {
	return service{name: "kms", operations: map[string]operation{
		"CreateKey":           handle(a.createKey),
		"DescribeKey":         handle(a.describeKey),
		"ListKeys":            handle(a.listKeys),
		"EnableKey":           handle(a.enableKey),
		"DisableKey":          handle(a.disableKey),
		"ScheduleKeyDeletion": handle(a.scheduleKeyDeletion),
		"CancelKeyDeletion":   handle(a.cancelKeyDeletion),
		"CreateAlias":         handle(a.createAlias),
		"DeleteAlias":         handle(a.deleteAlias),
		"ListAliases":         handle(a.listAliases),
		"GetPublicKey":        handle(a.getPublicKey),
		"Sign":                handle(a.sign),
		"Verify":              handle(a.verify),
		"ListResourceTags":    handle(a.listResourceTags),
	}}
}

// keyInput names a key by its id, its ARN, or an alias.
type keyInput struct {
	KeyId string //nolint:revive // AWS's name
}

var keyIDPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// find returns the key that an id, an ARN or an alias names, with the texts that KMS has when there is none.
func (a *Account) find(c caller, name string) (*key, error) {
	if name == "" {
		return nil, missing("keyId")
	}
	resource := name
	if rest, isARN := strings.CutPrefix(name, "arn:aws:kms:"); isARN {
		parts := strings.SplitN(rest, ":", 3)
		switch {
		case len(parts) != 3:
			return nil, refusal("NotFoundException", "Invalid arn %s", name)
		case parts[0] != c.region:
			return nil, refusal("NotFoundException", "Invalid arn %s", parts[0])
		case parts[1] != a.options.Account:
			return nil, refusal("AccessDeniedException", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
		}
		resource = parts[2]
	}
	r := a.region(c.region)
	if strings.HasPrefix(resource, "alias/") {
		target := r.aliases[resource]
		if target == nil {
			return nil, refusal("NotFoundException", "Alias %s is not found.", a.arn("kms", c.region, resource))
		}
		resource = target.key
	}
	id := strings.TrimPrefix(resource, "key/")
	k := r.keys[id]
	switch {
	case k == nil && keyIDPattern.MatchString(id):
		return nil, refusal("NotFoundException", "Key '%s' does not exist", a.arn("kms", c.region, "key/"+id))
	case k == nil:
		return nil, refusal("NotFoundException", "Invalid keyId '%s'", id)
	}
	return k, nil
}

// usable refuses what cannot be done with a key that is disabled or about to be deleted.
func (a *Account) usable(c caller, k *key) error {
	switch k.state {
	case disabled:
		return refusal("DisabledException", "%s is disabled.", a.keyARN(c, k))
	case pendingDeletion:
		return a.pending(c, k)
	}
	return nil
}

func (a *Account) pending(c caller, k *key) error {
	return refusal("KMSInvalidStateException", "%s is pending deletion.", a.keyARN(c, k))
}

func (a *Account) keyARN(c caller, k *key) string { return a.arn("kms", c.region, "key/"+k.id) }

// missing is what AWS says of a parameter that must be there.
func missing(parameter string) error {
	return refusal("ValidationException", "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", parameter)
}

// sorted lists values by when they were created, then by name, so that lists are the same each time.
func sorted[T any](all map[string]T, created func(T) time.Time) []T {
	names := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(names, func(x, y string) int { return created(all[x]).Compare(created(all[y])) })
	list := make([]T, len(names))
	for i, name := range names {
		list[i] = all[name]
	}
	return list
}

// page cuts a list at a limit, 0 being the service's own, from the marker of the page before. It returns the marker of
// the next page, "" at the end.
func page[T any](all []T, marker string, limit, most int, name func(T) string) ([]T, string, error) {
	from := 0
	if marker != "" {
		at := slices.IndexFunc(all, func(v T) bool { return name(v) == marker })
		if at < 0 {
			return nil, "", refusal("InvalidMarkerException", "Could not deserialize marker '%s'", marker)
		}
		from = at
	}
	limit = cmp.Or(limit, most)
	if limit < 1 || limit > 1000 {
		return nil, "", refusal("ValidationException", "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and 1000", limit)
	}
	rest := all[from:]
	if len(rest) <= limit {
		return rest, "", nil
	}
	return rest[:limit], name(rest[limit]), nil
}
