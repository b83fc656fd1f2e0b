package account

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzQuestion: whatever is sent, a tag is added to what is an object with a list of tags, the rest of it is as it was,
// and nothing else is sent on.
func FuzzQuestion(f *testing.F) {
	for _, body := range []string{`{}`, `{"Tags":[{"TagKey":"a"}],"KeySpec":"ECC_NIST_P256"}`, `{"Tags":null}`, `{"Tags":{}}`, `[]`, `null`, ``, `{"a":1,"a":2}`, "Action=GetCallerIdentity&Version=2011-06-15"} {
		f.Add("TrentService.CreateKey", body)
		f.Add("", body)
	}
	f.Fuzz(func(t *testing.T, target, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", target)
		q := parse(r, []byte(body))
		before := map[string]any{}
		_ = json.Unmarshal([]byte(body), &before) // what is no object has no members
		if err := q.tag("Tags", map[string]string{"TagKey": Tag, "TagValue": "M"}); err != nil {
			if string(q.body) != body {
				t.Errorf("refused, and changed to %s", q.body)
			}
			return
		}
		var after map[string]any
		if err := json.Unmarshal(q.body, &after); err != nil {
			t.Fatalf("%v in %s", err, q.body)
		}
		tags, _ := after["Tags"].([]any)
		given, _ := before["Tags"].([]any)
		if diff := cmp.Diff(append(given, map[string]any{"TagKey": Tag, "TagValue": "M"}), tags); diff != "" {
			t.Error(diff)
		}
		delete(after, "Tags")
		delete(before, "Tags")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	})
}
