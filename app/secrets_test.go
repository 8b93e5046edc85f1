package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/components/reference"
	"github.com/oriel-io/oriel/config"
)

// TestSecretsStayHidden puts a secret wherever a component takes one, in right and in wrong forms, and looks for it in
// all that the commands write.
func TestSecretsStayHidden(t *testing.T) {
	t.Setenv("ORIEL_TEST_SECRET", "swordfish")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	forms := []string{"swordfish", `"${env:ORIEL_TEST_SECRET}"`, `"${file:` + file + `}"`, `"${env:ORIEL_TEST_NONE:-swordfish}"`, `"${yaml:swordfish}"`, `"x${yaml:swordfish}"`, "[swordfish]", "{a: {b: swordfish}}", `"swordfish${"`, `"${swordfish:x}"`}
	places := 0
	for _, c := range newReference().Components {
		for _, row := range reference.Rows(c.Shape) {
			if !holdsSecret(row.Field.Shape) {
				continue
			}
			places++
			for _, form := range forms {
				checkHidden(t, fmt.Sprintf("%s: {%s: %s}\n", c.Section(), c.Type, nest(row, form)))
			}
		}
	}
	if places < 4 {
		t.Errorf("secrets were tried in %d places only", places)
	}
}

func holdsSecret(s config.Shape) bool {
	for s.Item != nil {
		s = *s.Item
	}
	return s.Kind == config.SecretShape
}

// nest writes a value at the path of a row: {protocols: {grpc: {tls: {key_pem: value}}}}. A map or a list of secrets
// is tried as a whole too: its item is what is written.
func nest(row reference.Row, value string) string {
	for s := row.Field.Shape; s.Item != nil; s = *s.Item {
		if s.Kind == config.MapShape {
			value = "{name: " + value + "}"
		} else {
			value = "[" + value + "]"
		}
	}
	words := strings.Split(row.Path, ".")
	for i := len(words) - 1; i >= 0; i-- {
		key, isList := strings.CutSuffix(words[i], "[]")
		if key == "<name>" {
			key = "name"
		}
		if isList {
			value = "[" + value + "]"
		}
		value = "{" + key + ": " + value + "}"
	}
	return value
}

func checkHidden(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"validate"}, {"validate", "--format=json"}, {"print-config", "--validate=false"}, {"print-config", "--validate=false", "--format=json", "--explain"},
	} {
		var out bytes.Buffer
		Main(append(command, "--config", path), &out, &out)
		if strings.Contains(out.String(), "swordfish") {
			t.Errorf("%s\n%v shows the secret:\n%s", text, command, out.String())
		}
	}
}
