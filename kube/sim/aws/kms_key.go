package aws

import (
	"cmp"
	"crypto"
	"time"
)

// The states of keys that are simulated.
const (
	enabled         = "Enabled"
	disabled        = "Disabled"
	pendingDeletion = "PendingDeletion"
)

// The usages of keys that are simulated.
const (
	signVerify     = "SIGN_VERIFY"
	encryptDecrypt = "ENCRYPT_DECRYPT"
)

// key is a KMS key.
type key struct {
	id, spec, usage, description string
	created, deletion            time.Time
	state                        string
	signer                       crypto.Signer // nil for keys that only encrypt
	tags                         []keyTag
}

// keyMetadata is a key as KMS describes it.
type keyMetadata struct {
	AWSAccountId          string //nolint:revive // AWS's name
	KeyId                 string //nolint:revive // AWS's name
	Arn                   string
	CreationDate          epoch
	Enabled               bool
	Description           string
	KeyUsage              string
	KeyState              string
	DeletionDate          *epoch `json:",omitempty"`
	Origin                string
	KeyManager            string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string `json:",omitempty"`
	SigningAlgorithms     []string `json:",omitempty"`
	MultiRegion           bool
}

func (a *Account) metadata(c caller, k *key) keyMetadata {
	m := keyMetadata{
		AWSAccountId: a.options.Account, KeyId: k.id, Arn: a.keyARN(c, k), CreationDate: epoch(k.created),
		Enabled: k.state == enabled, Description: k.description, KeyUsage: k.usage, KeyState: k.state,
		Origin: "AWS_KMS", KeyManager: "CUSTOMER", CustomerMasterKeySpec: k.spec, KeySpec: k.spec,
		SigningAlgorithms: specs[k.spec].algorithms,
	}
	if k.usage == encryptDecrypt {
		m.EncryptionAlgorithms = []string{symmetric}
	}
	if k.state == pendingDeletion {
		at := epoch(k.deletion)
		m.DeletionDate = &at
	}
	return m
}

type createKeyInput struct {
	Description, KeyUsage, KeySpec, CustomerMasterKeySpec, Origin string
	MultiRegion                                                   bool
	Tags                                                          []keyTag
}

type describeKeyOutput struct{ KeyMetadata keyMetadata }

// createKey makes a key. Without a spec it is a symmetric one, which signs nothing.
func (a *Account) createKey(c caller, in createKeyInput) (describeKeyOutput, error) {
	name := cmp.Or(in.KeySpec, in.CustomerMasterKeySpec, symmetric)
	kind, known := specs[name]
	switch {
	case !known:
		return describeKeyOutput{}, refusal("ValidationException", "1 validation error detected: Value '%s' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: %s", name, "[SYMMETRIC_DEFAULT, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, RSA_2048, RSA_3072, RSA_4096]")
	case in.MultiRegion || in.Origin != "" && in.Origin != "AWS_KMS":
		return describeKeyOutput{}, refusal("UnsupportedOperationException", "Keys of several regions and imported key material are not simulated.")
	case kind.generate != nil && in.KeyUsage == "":
		return describeKeyOutput{}, refusal("ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	case kind.generate != nil && in.KeyUsage != signVerify, kind.generate == nil && cmp.Or(in.KeyUsage, encryptDecrypt) != encryptDecrypt:
		return describeKeyOutput{}, refusal("ValidationException", "KeyUsage %s is not compatible with KeySpec %s", in.KeyUsage, name)
	}
	k := &key{id: a.options.NewID(), spec: name, usage: encryptDecrypt, description: in.Description, created: a.now(), state: enabled, tags: in.Tags}
	if kind.generate != nil {
		signer, err := kind.generate()
		if err != nil {
			return describeKeyOutput{}, refusal("KMSInternalException", "%v", err)
		}
		k.signer, k.usage = signer, signVerify
	}
	a.region(c.region).keys[k.id] = k
	return describeKeyOutput{a.metadata(c, k)}, nil
}

func (a *Account) describeKey(c caller, in keyInput) (describeKeyOutput, error) {
	k, err := a.find(c, in.KeyId)
	if err != nil {
		return describeKeyOutput{}, err
	}
	return describeKeyOutput{a.metadata(c, k)}, nil
}

type listInput struct {
	Limit         int
	Marker, KeyId string //nolint:revive // AWS's name
}

type keyEntry struct {
	KeyId  string //nolint:revive // AWS's name
	KeyArn string
}

type listKeysOutput struct {
	Keys       []keyEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

func (a *Account) listKeys(c caller, in listInput) (listKeysOutput, error) {
	all := sorted(a.region(c.region).keys, func(k *key) time.Time { return k.created })
	part, next, err := page(all, in.Marker, in.Limit, 100, func(k *key) string { return k.id })
	out := listKeysOutput{Keys: []keyEntry{}, NextMarker: next, Truncated: next != ""}
	for _, k := range part {
		out.Keys = append(out.Keys, keyEntry{k.id, a.keyARN(c, k)})
	}
	return out, err
}

func (a *Account) enableKey(c caller, in keyInput) (none, error) { return a.turn(c, in, enabled) }

func (a *Account) disableKey(c caller, in keyInput) (none, error) { return a.turn(c, in, disabled) }

// turn enables or disables a key. Unlike other operations these take no alias.
func (a *Account) turn(c caller, in keyInput, state string) (none, error) {
	k, err := a.byID(c, in.KeyId)
	switch {
	case err != nil:
		return none{}, err
	case k.state == pendingDeletion:
		return none{}, a.pending(c, k)
	}
	k.state = state
	return none{}, nil
}

type deletionInput struct {
	KeyId               string //nolint:revive // AWS's name
	PendingWindowInDays *int
}

type deletionOutput struct {
	KeyId               string //nolint:revive // AWS's name
	DeletionDate        epoch
	KeyState            string
	PendingWindowInDays int
}

func (a *Account) scheduleKeyDeletion(c caller, in deletionInput) (deletionOutput, error) {
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	if days < 7 || days > 30 {
		bound := "greater than or equal to 7"
		if days > 30 {
			bound = "less than or equal to 30"
		}
		return deletionOutput{}, refusal("ValidationException", "1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value %s", days, bound)
	}
	k, err := a.byID(c, in.KeyId)
	switch {
	case err != nil:
		return deletionOutput{}, err
	case k.state == pendingDeletion:
		return deletionOutput{}, a.pending(c, k)
	}
	k.state, k.deletion = pendingDeletion, a.now().AddDate(0, 0, days)
	return deletionOutput{a.keyARN(c, k), epoch(k.deletion), k.state, days}, nil
}

// cancelKeyDeletion keeps a key; it stays disabled until it is enabled.
func (a *Account) cancelKeyDeletion(c caller, in keyInput) (keyInput, error) {
	k, err := a.byID(c, in.KeyId)
	switch {
	case err != nil:
		return keyInput{}, err
	case k.state != pendingDeletion:
		return keyInput{}, refusal("KMSInvalidStateException", "%s is not pending deletion.", a.keyARN(c, k))
	}
	k.state, k.deletion = disabled, time.Time{}
	return keyInput{a.keyARN(c, k)}, nil
}

// byID finds a key for operations that do not take the name of an alias.
func (a *Account) byID(c caller, name string) (*key, error) {
	if isAlias(name) {
		return nil, refusal("NotFoundException", "Invalid keyId '%s'", name)
	}
	return a.find(c, name)
}
