package awscli

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/jmespath/go-jmespath"
)

// FuzzParse: whatever the arguments, an operation is refused in the AWS CLI's words or has all it needs.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"--repository-name shop", "--repository-name=shop --image-ids imageTag=v1 imageDigest=sha256:0", "--image-ids [{}] --repository-name", "--filter {\"tagStatus\":1} x", "--no-force --force", "="} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		none := func(string) ([]byte, error) { return nil, fs.ErrNotExist }
		for _, op := range operations() {
			in, err := op.parse(strings.Split(line, " "), none)
			if refused := (*failure)(nil); err != nil && !errors.As(err, &refused) {
				t.Fatalf("%s: %v is not a failure", op.name, err)
			}
			for _, p := range op.parameters {
				if _, given := in[p.name]; err == nil && p.required && !given {
					t.Fatalf("%s: %s is missing", op.name, p.name)
				}
			}
		}
	})
}

// FuzzLiterals: quoting what stands between backticks never breaks an expression that was right.
func FuzzLiterals(f *testing.F) {
	for _, expression := range []string{"Aliases[?AliasName==`alias/x`]", "a[?b==`\"c\"`]", "a=='`'", "`1`", "\"`\".a", "`"} {
		f.Add(expression)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if _, err := jmespath.Compile(expression); err != nil {
			return
		}
		if _, err := jmespath.Compile(literals(expression)); err != nil {
			t.Fatalf("%q became %q: %v", expression, literals(expression), err)
		}
	})
}
