package jmespath_test

import (
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"podsec/engine/jmespath"
)

func interpreter() *jmespath.Interpreter {
	return jmespath.New(jmespath.Options{
		Now:  func() time.Time { return time.Date(2026, 11, 22, 12, 30, 0, 0, time.FixedZone("", 3600)) },
		Rand: rand.New(rand.NewPCG(1, 2)),
		LookupIP: func(host string) ([]net.IP, error) {
			if host == "inside.example.com" {
				return []net.IP{net.ParseIP("10.1.2.3")}, nil
			}
			return []net.IP{net.ParseIP("93.184.216.34")}, nil
		},
		NormalizeImage: func(image string) (string, error) {
			if strings.Contains(image, " ") {
				return "", errors.New("bad image")
			}
			return "docker.io/" + image, nil
		},
	})
}

func search(t *testing.T, expression string, data any) (any, error) {
	t.Helper()
	query, err := interpreter().Compile(expression)
	if err != nil {
		return nil, err
	}
	return query.Search(data)
}

const document = `
name: web
count: 3
labels: {app: web, tier: front}
list: [a, b]
numbers: [1, 2, 3.5]
memory: 100Mi
`

// TestFunctions lists every function with what it answers; a want that starts with "error:" is part of the error.
func TestFunctions(t *testing.T) {
	tests := []struct{ expression, want string }{
		{"compare('a', 'b')", "-1"},
		{"equal_fold('Go', 'GO')", "true"},
		{"replace('aaa', 'a', 'b', `2`)", "bba"},
		{"replace_all('aaa', 'a', 'b')", "bbb"},
		{"to_upper(name)", "WEB"},
		{"to_lower('WEB')", "web"},
		{"trim('xwebx', 'x')", "web"},
		{"trim_prefix('xweb', 'x')", "web"},
		{"split('a,b', ',')", "[a, b]"},
		{"truncate('hällo', `2`)", "hä"},
		{"truncate('abc', `-1`)", `""`},
		{"truncate('abc', `9`)", "abc"},
		{"to_boolean('True')", "true"},
		{"to_boolean('yes')", "error:lowercase argument must be 'true' or 'false' (provided: 'yes')"},
		{"path_canonicalize('/a/../b//c')", "/b/c"},

		{"regex_replace_all('(\\d+)', 'a1b22', '<$1>')", "a<1>b<22>"},
		{"regex_replace_all_literal('\\d+', 'a1', '$0')", "a$0"},
		{"regex_replace_all('(', 'a', 'b')", "error:JMESPath function 'regex_replace_all': error parsing regexp"},
		{"regex_match('^w.b$', name)", "true"},
		{"regex_match('3', count)", "true"},
		{"pattern_match('w*', name)", "true"},
		{"label_match(`{\"app\":\"web\"}`, labels)", "true"},
		{"label_match(`{\"app\":\"db\"}`, labels)", "false"},
		{"semver_compare('1.2.3', '>=1.2.0 <2.0.0')", "true"},
		{"semver_compare('nonsense', '>=1.0.0')", "false"},

		{"add(`1`, `2`)", "3"},
		{"add('1h', '1h30s')", `"2h0m30s"`},
		{"add('1h', '30m')", "error:Types mismatch"}, // 30m is a quantity before it is a duration
		{"add('1Gi', '1Gi')", `"2Gi"`},
		{"add('1Gi', `1`)", "error:Types mismatch"},
		{"add('x', `1`)", "error:invalid operand"},
		{"sum(numbers)", "6.5"},
		{"sum(`[]`)", "error:at least one element"},
		{"subtract(`3`, `1`)", "2"},
		{"subtract('2h', '30s')", `"1h59m30s"`},
		{"subtract('2Gi', '1Gi')", `"1Gi"`},
		{"multiply(`3`, `2`)", "6"},
		{"multiply(`3`, '1h')", `"3h0m0s"`},
		{"multiply(memory, `2`)", `"200Mi"`},
		{"multiply('1h', '1h')", "error:Types mismatch"},
		{"divide(`3`, `2`)", "1.5"},
		{"divide('3h', '2h')", "1.5"},
		{"divide('3h', `2`)", `"1h30m0s"`},
		{"divide('4Gi', '2Gi')", "2"},
		{"divide('10', `4`)", `"2"`},
		{"divide(`3`, `0`)", "error:Zero divisor passed"},
		{"divide(`3`, '1h')", "error:Types mismatch"},
		{"modulo(`7`, `3`)", "1"},
		{"modulo('7h', '3h')", `"1h0m0s"`},
		{"modulo('7', '3')", `"1"`},
		{"modulo(`7.5`, `3`)", "error:Non-integer argument(s) passed for modulo"},
		{"modulo(`7`, `0`)", "error:Zero divisor passed"},
		{"round(`3.14159`, `2`)", "3.14"},
		{"round(`3.1`, `1.5`)", "error:Non-integer argument(s) passed for round off"},

		{"base64_encode('web')", "d2Vi"},
		{"base64_decode('d2Vi')", "web"},
		{"base64_decode('!')", "error:illegal base64"},
		{"sha256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
		{"sha1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
		{"md5('a')", "0cc175b9c0f1b6a831c399e269772661"},
		{"x509_decode('no')", "error:failed to decode PEM block"},

		{"time_now()", `"2026-11-22T12:30:00+01:00"`},
		{"time_now_utc()", `"2026-11-22T11:30:00Z"`},
		{"time_since('', '2026-11-22T10:30:00Z', '')", "1h0m0s"},
		{"time_since('2006-01-02', '2026-11-01', '2026-11-03')", "48h0m0s"},
		{"time_add('2026-11-22T10:00:00Z', '90m')", `"2026-11-22T11:30:00Z"`},
		{"time_parse('2006-01-02', '2026-11-22')", `"2026-11-22T00:00:00Z"`},
		{"time_parse('1', '0')", `"1970-01-01T00:00:00Z"`},
		{"time_to_cron('2026-11-22T10:05:00Z')", `"5 10 22 11 0"`},
		{"time_utc('2026-11-22T12:00:00+01:00')", `"2026-11-22T11:00:00Z"`},
		{"time_diff('2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z')", "1h0m0s"},
		{"time_before('2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z')", "true"},
		{"time_after('2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z')", "false"},
		{"time_between('2026-11-22T10:30:00Z', '2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z')", "true"},
		{"time_truncate('2026-11-22T10:30:00Z', '1h')", `"2026-11-22T10:00:00Z"`},
		{"time_utc('noon')", "error:cannot parse"},

		{"parse_json('{\"a\": [1]}')", "a: [1]"},
		{"parse_yaml('a: [1]')", "a: [1]"},
		{"parse_json('{')", "error:unexpected end"},
		{"lookup(labels, 'app')", "web"},
		{"lookup(labels, 'none')", "null"},
		{"lookup(list, `1`)", "b"},
		{"lookup(list, `9`)", "null"},
		{"lookup(list, 'a')", "error:argument #2 is not of type Number"},
		{"items(labels, 'k', 'v')", "[{k: app, v: web}, {k: tier, v: front}]"},
		{"items(list, 'k', 'v')", "[{k: 0, v: a}, {k: 1, v: b}]"},
		{"object_from_lists(list, numbers)", "{a: 1, b: 2}"},
		{"object_from_lists(list, `[1]`)", "{a: 1, b: null}"},

		{"image_normalize('nginx')", "docker.io/nginx"},
		{"image_normalize('a b')", "error:bad image"},
		{"is_external_url('https://10.0.0.1/x')", "false"},
		{"is_external_url('https://93.184.216.34')", "true"},
		{"is_external_url('https://inside.example.com')", "false"},
		{"is_external_url('https://example.com')", "true"},

		{"length(list)", "2"},
		{"to_upper(count)", "error:Invalid type"},
		{"nothing", "error:Unknown key \"nothing\" in path"},
		{"nothing || 'default'", "default"},
		{"upper(name)", "error:unknown function: upper"},
	}
	var data any
	if err := yaml.Unmarshal([]byte(document), &data); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.expression, func(t *testing.T) { checkAnswer(t, test.expression, test.want, data) })
	}
}

func checkAnswer(t *testing.T, expression, want string, data any) {
	t.Helper()
	got, err := search(t, expression, data)
	if part, ok := strings.CutPrefix(want, "error:"); ok {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("got %v, %v; want an error with %q", got, err, part)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := got.(int); ok { // compare answers a Go int
		got = float64(n)
	}
	var wanted any
	if err := yaml.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("answer differs (-want +got):\n%s", diff)
	}
}

func TestRandomMatchesItsPattern(t *testing.T) {
	for _, pattern := range []string{"[0-9a-z]{8}", "a(b|c)d?", "x+y*", "^[A-F]{2}-.$"} {
		got, err := search(t, "random('"+pattern+"')", nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := got.(string); !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text) {
			t.Errorf("%q does not match %s", text, pattern)
		}
	}
}

// TestWithoutWorld calls what needs something from outside without it.
func TestWithoutWorld(t *testing.T) {
	bare := jmespath.New(jmespath.Options{})
	for _, expression := range []string{"time_now()", "random('a')", "is_external_url('https://example.com')", "image_normalize('a')"} {
		query, err := bare.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := query.Search(nil); err == nil {
			t.Errorf("%s answered %v without a source", expression, got)
		}
	}
}

func TestIsNotFound(t *testing.T) {
	_, err := search(t, "a.b", map[string]any{"a": map[string]any{}})
	if !jmespath.IsNotFound(err) {
		t.Errorf("%v is not recognised as an unknown key", err)
	}
	if _, err := search(t, "to_upper(`1`)", nil); err == nil || jmespath.IsNotFound(err) {
		t.Errorf("%v is taken for an unknown key", err)
	}
}

func TestX509Decode(t *testing.T) {
	key, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "web"}}
	der, err := x509.CreateCertificate(cryptorand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	got, err := search(t, "x509_decode(@).[Subject.CommonName, PublicKey.E]", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"web", 65537.0}, got); diff != "" {
		t.Errorf("certificate differs (-want +got):\n%s", diff)
	}
	request, err := x509.CreateCertificateRequest(cryptorand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "csr"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	text = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}))
	if got, err := search(t, "x509_decode(@).Subject.CommonName", text); err != nil || got != "csr" {
		t.Errorf("got %v, %v; want csr", got, err)
	}
	text = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if _, err := search(t, "x509_decode(@)", text); err == nil {
		t.Error("a public key was decoded as a certificate")
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("items(@, 'a', 'b')")
	f.Add("sum(list) || truncate(name, `3`)")
	f.Add("split(name, '')[0]")
	data := map[string]any{"name": "web", "list": []any{1.0, "1h", nil}, "labels": map[string]any{"a": "b"}}
	f.Fuzz(func(_ *testing.T, expression string) {
		query, err := interpreter().Compile(expression)
		if err != nil {
			return
		}
		_, _ = query.Search(data)
	})
}
