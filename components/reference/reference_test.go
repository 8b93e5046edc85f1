package reference

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oriel-io/oriel/components"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func whole() *Reference { return New(components.List(nil), Embedded()) }

// compiled is the schema, in the hands of a validator.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(whole().Schema())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate checks a YAML text as an editor does.
func validate(t *testing.T, schema *jsonschema.Schema, text []byte) error {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

func TestSchemaTakesExamples(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, pattern := range []string{"../../examples/*/*.yaml", "../../examples/*.yaml", "../../app/allinone.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("\nservice:")) { // of another program
				continue
			}
			if err := validate(t, schema, text); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// beyondSchema are configurations that are right and that a schema cannot describe.
var beyondSchema = map[string]string{
	"colons":            "keys with :: in them",
	"names_with_spaces": "blanks around names",
}

// TestSchemaTakesWhatUpstreamTakes warns in no editor of what validate takes, of upstream's test data.
func TestSchemaTakesWhatUpstreamTakes(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	files, err := filepath.Glob("../../app/testdata/upstream/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range archive.Files {
			parts[f.Name] = string(f.Data)
		}
		for _, f := range archive.Files {
			if !strings.Contains("\n"+parts["upstream"], "\n"+f.Name+": accept") || strings.Contains("\n"+parts["differs"], "\n"+f.Name+": ") || beyondSchema[f.Name] != "" {
				continue
			}
			text := string(f.Data)
			if frame := parts["frame"]; frame != "" {
				text = strings.Replace(frame, "BLOCK", strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    "), 1)
			}
			err := validate(t, schema, []byte(text))
			if err != nil && !strings.Contains(err.Error(), "additional properties '"+typeOf(file)+"'") { // not ours yet
				t.Errorf("%s, %s: %v\n%s", filepath.Base(file), f.Name, err, text)
			}
		}
	}
}

// typeOf is the component that an archive is of: own-receiver-otlp.txtar is of otlp.
func typeOf(file string) string {
	words := strings.Split(strings.TrimPrefix(strings.TrimSuffix(filepath.Base(file), ".txtar"), "own-"), "-")
	return words[min(1, len(words)-1)]
}

func TestSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for text, wrong := range map[string]string{
		"receivers: {otlp: {protocols: {grpc: {endpoint: \"${env:HOST}:4317\"}}}}":          "",
		"receivers: {otlp/a: {protocols: {grpc: {enabled: false, max_connections: 10}}}}":   "",
		"receivers: {otlp: {protocols: {grpc: , http: {max_request_body_size: \"${N}\"}}}}": "",
		"receivers: {otlp: \"${file:otlp.yaml}\"}":                                          "",
		"processors: {batch: {timeout: 2s}, batch/b: {timeout: 0, metadata_keys: []}}":      "",
		"exporters: {otlp: {headers: {a: b}, endpoint: a:1}, logging: }":                    "",
		"service: {pipelines: {traces/x: {receivers: [otlp], exporters: [debug]}}}":         "",
		"service: {telemetry: {logs: {level: debug}, resource: {a.b: c}}}":                  "",
		"exporters: {otlp: {headers: [{name: a, value: b}]}}":                               "",
		"receivers: {otpl: }":                                             "otpl",
		"receivers: {otlp: {protocols: {grcp: }}}":                        "grcp",
		"receivers: {otlp: {protocols: {grpc: {max_connections: many}}}}": "max_connections",
		"processors: {batch: {timeout: soon}}":                            "timeout",
		"processors: {batch: {timeout: 5}}":                               "timeout",
		"service: {pipelines: {spans: {receivers: [otlp]}}}":              "spans",
		"service: {pipelines: {traces: {receiver: [otlp]}}}":              "receiver",
		"exporter: {}": "exporter",
	} {
		err := validate(t, schema, []byte(text))
		switch {
		case wrong == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%s: %v, want a complaint about %s", text, err, wrong)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r := whole()
	for path, want := range map[string]string{
		"receivers.otlp.protocols.grpc.endpoint":              "127.0.0.1:4317",
		"receivers::otlp/internal::protocols::grpc::endpoint": "127.0.0.1:4317",
		"exporters.otlp_grpc.sending_queue.queue_size":        "1000",
		"processors.batch.timeout":                            "200ms",
		"service.telemetry.metrics.level":                     "normal",
		"service.pipelines.traces.receivers":                  "",
		"service.telemetry.metrics.readers[0].pull":           "off",
		"exporters.otlp.headers.authorization":                "",
		"processors.transform.error_mode":                     "",
	} {
		e, err := r.Find(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if got := defaultText(e.Shape); got != want || e.Comment == "" || e.Page == "" {
			t.Errorf("%s: %q, want %q: %+v", path, got, want, e)
		}
	}
	for path, want := range map[string]string{
		"receiver.otlp":                 `there is no "receiver" in a configuration; did you mean receivers?`,
		"zipkin":                        `there is no "zipkin" in a configuration; did you mean receivers.zipkin or exporters.zipkin?`,
		"receivers.otpl":                `there is no "otpl" in receivers; did you mean receivers.otlp?`,
		"exporters.zipkn":               `there is no "zipkn" in exporters`,
		"receivers.batch":               `there is no "batch" in receivers; did you mean processors.batch?`,
		"receivers.otlp.endpoint":       `there is no "endpoint" in receivers.otlp; did you mean receivers.otlp.protocols.grpc.endpoint or receivers.otlp.protocols.http.endpoint?`,
		"receivers.otlp.protocols.grcp": `there is no "grcp" in receivers.otlp.protocols; did you mean receivers.otlp.protocols.grpc?`,
		"service.telemetry.loggs":       `there is no "loggs" in service.telemetry; did you mean service.telemetry.logs?`,
	} {
		if _, err := r.Find(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
