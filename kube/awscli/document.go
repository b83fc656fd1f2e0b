package awscli

import (
	"cmp"
	"encoding/base64"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// document is an answer as plain values: maps, lists, texts, numbers (float64) and booleans. A map does not know in which
// order the API names its members, so that is kept beside it.
type document struct {
	value any
	order map[uintptr][]string // the members of a map, by its address
	query string
}

// newDocument makes a document of an answer of the SDK. With aggregate, only that member is taken: the AWS CLI leaves
// tokens of pages out.
func newDocument(out any, aggregate string) *document {
	d := &document{order: map[uintptr][]string{}}
	v := reflect.ValueOf(out).Elem()
	lower := strings.Contains(v.Type().PkgPath(), "/ecr")
	d.value = d.convert(v, lower)
	if all, ok := d.value.(map[string]any); ok && aggregate != "" {
		d.value = d.keep(map[string]any{aggregate: all[aggregate]}, []string{aggregate})
	}
	return d
}

func (d *document) keep(value map[string]any, order []string) map[string]any {
	d.order[reflect.ValueOf(value).Pointer()] = order
	return value
}

// convert makes plain values. Members of ECR begin with a small letter (lower), those of the others with a capital one.
func (d *document) convert(v reflect.Value, lower bool) any {
	switch value := v.Interface().(type) {
	case time.Time:
		return timestamp(value)
	case []byte:
		return base64.StdEncoding.EncodeToString(value)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return d.convert(v.Elem(), lower)
	case reflect.Struct:
		return d.structure(v, lower)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = d.convert(v.Index(i), lower)
		}
		return list
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return float64(v.Int())
	}
	return v.String()
}

// structure converts what is set of a structure.
func (d *document) structure(v reflect.Value, lower bool) map[string]any {
	members, order := map[string]any{}, []string{}
	for _, field := range fields(v.Type()) {
		value := v.FieldByIndex(field.Index)
		if absent(value) {
			continue
		}
		name := field.Name
		if lower {
			name = strings.ToLower(name[:1]) + name[1:]
		}
		members[name] = d.convert(value, lower)
		order = append(order, name)
	}
	return d.keep(members, order)
}

// absent says whether a member was not in the answer.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	}
	return false
}

// fields are the members of a structure, in the order of the API.
func fields(t reflect.Type) []reflect.StructField {
	var list []reflect.StructField
	for field := range t.Fields() {
		if field.IsExported() && field.Name != "ResultMetadata" {
			list = append(list, field)
		}
	}
	ranks := apiOrder[t.Name()]
	slices.SortStableFunc(list, func(x, y reflect.StructField) int { return rank(ranks, x.Name) - rank(ranks, y.Name) })
	return list
}

func rank(order []string, name string) int {
	if at := slices.Index(order, name); at >= 0 {
		return at
	}
	return len(order)
}

// apiOrder is the order of members in the API's model, where it is not that of the SDK's fields.
var apiOrder = map[string][]string{
	"KeyMetadata": {
		"AWSAccountId", "KeyId", "Arn", "CreationDate", "Enabled", "Description", "KeyUsage", "KeyState", "DeletionDate", "ValidTo", "Origin",
		"CustomKeyStoreId", "CloudHsmClusterId", "ExpirationModel", "KeyManager", "CustomerMasterKeySpec", "KeySpec", "EncryptionAlgorithms",
		"SigningAlgorithms", "KeyAgreementAlgorithms", "MultiRegion", "MultiRegionConfiguration", "PendingDeletionWindowInDays", "MacAlgorithms",
	},
	"KeyListEntry":              {"KeyId", "KeyArn"},
	"AliasListEntry":            {"AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"},
	"GetPublicKeyOutput":        {"KeyId", "PublicKey", "CustomerMasterKeySpec", "KeySpec", "KeyUsage", "EncryptionAlgorithms", "SigningAlgorithms"},
	"SignOutput":                {"KeyId", "Signature", "SigningAlgorithm"},
	"VerifyOutput":              {"KeyId", "SignatureValid", "SigningAlgorithm"},
	"ScheduleKeyDeletionOutput": {"KeyId", "DeletionDate", "KeyState", "PendingWindowInDays"},
	"Repository": {
		"RepositoryArn", "RegistryId", "RepositoryName", "RepositoryUri", "CreatedAt", "ImageTagMutability", "ImageTagMutabilityExclusionFilters",
		"ImageScanningConfiguration", "EncryptionConfiguration",
	},
	"PutImageTagMutabilityOutput": {"RegistryId", "RepositoryName", "ImageTagMutability", "ImageTagMutabilityExclusionFilters"},
	"ImageDetail": {
		"RegistryId", "RepositoryName", "ImageDigest", "ImageTags", "ImageSizeInBytes", "ImagePushedAt", "ImageScanStatus", "ImageScanFindingsSummary",
		"ImageManifestMediaType", "ArtifactMediaType", "LastRecordedPullTime", "SubjectManifestDigest", "ImageStatus", "LastArchivedAt", "LastActivatedAt",
	},
	"BatchDeleteImageOutput":  {"ImageIds", "Failures"},
	"ImageFailure":            {"ImageId", "FailureCode", "FailureReason"},
	"GetCallerIdentityOutput": {"UserId", "Account", "Arn"},
}

// timestamp is a time as the AWS CLI prints it: in the local zone, in microseconds if there are any.
func timestamp(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.Local().Format("2006-01-02T15:04:05-07:00")
	}
	return t.Local().Format("2006-01-02T15:04:05.000000-07:00")
}

// search returns what a query finds in the document; without a query that is all of it.
func (d *document) search(q *query) (*document, error) {
	if q == nil {
		return d, nil
	}
	found, err := q.compiled.Search(d.value)
	if err != nil {
		return nil, invalid("Bad value for --query %s: %v", q.text, err)
	}
	return &document{value: found, order: d.order, query: q.text}, nil
}

// empty says whether there is nothing to print: the answer of an operation that returns nothing.
func (d *document) empty() bool {
	members, ok := d.value.(map[string]any)
	return ok && len(members) == 0 && d.query == ""
}

// keys are the members of a map in the order of the API; of a map that the query made, in the order of the query.
func (d *document) keys(members map[string]any) []string {
	if order, known := d.order[reflect.ValueOf(members).Pointer()]; known {
		return order
	}
	names := slices.Collect(maps.Keys(members))
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(position(d.query, x), position(d.query, y)), cmp.Compare(x, y))
	})
	return names
}

// position is where a query names a member that it makes ("name:").
func position(query, name string) int {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '"' {
			return -1
		}
		return r
	}, query)
	return strings.Index(bare, name+":")
}
