package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type shapeSample struct {
	Text   string            `yaml:"text"`
	Wait   time.Duration     `yaml:"wait"`
	On     bool              `yaml:"on"`
	Maybe  *bool             `yaml:"maybe"`
	List   []string          `yaml:"list"`
	Tokens map[string]Secret `yaml:"tokens"`
	Size   shapeSize         `yaml:"size"`
	Free   any               `yaml:"free"`
	Off    *sampleServer     `yaml:"off"`
	There  *sampleServer     `yaml:"there"`
	Rules  []shapeRule       `yaml:"rules"`
	Inner  struct {
		A int `yaml:"a"`
	} `yaml:"inner"`
	Many         map[string][]sampleServer `yaml:"many"`
	Later        Unsupported               `yaml:"later"`
	Old          Ignored                   `yaml:"old"`
	NoKey        int
	sampleCommon `yaml:",inline"`
}

type shapeSize struct{}

func (*shapeSize) DescribeConfig() Shape { return Shape{Kind: TextShape, Text: "a size"} }

// shapeRule has itself as a part.
type shapeRule struct {
	Name string      `yaml:"name"`
	And  []shapeRule `yaml:"and"`
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	shape := Describe(&shapeSample{
		Text: "x", Wait: time.Minute, List: []string{"a"}, There: &sampleServer{Endpoint: "b:2"}, sampleCommon: sampleCommon{Timeout: 90 * time.Second},
	})
	var got strings.Builder
	writeShape(&got, "", shape)
	want := `
text 1 default=x
wait 6 default=1m
on 3 default=false
maybe 3
list 8 default=[a] of 1
tokens 9 of 2
size 1 "a size" config.shapeSize
free 0
off 7 optional config.sampleServer
 endpoint 1 default=127.0.0.1:4317
 max_mib 4
there 7 optional default=true config.sampleServer
 endpoint 1 default=b:2
 max_mib 4
rules 8 of 7 config.shapeRule
 name 1
 and 8 of 7 config.shapeRule again
inner 7 config.shapeSample.Inner
 a 4
many 9 of 8 of 7 config.sampleServer
 endpoint 1
 max_mib 4
later unsupported
old ignored
timeout 6 default=1m30s
`
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got.String())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func writeShape(b *strings.Builder, indent string, shape Shape) {
	for _, f := range shape.Fields {
		b.WriteString(indent + f.Key)
		switch {
		case f.Ignored:
			b.WriteString(" ignored\n")
			continue
		case f.Unsupported:
			b.WriteString(" unsupported\n")
			continue
		}
		inner := f.Shape
		fmt.Fprintf(b, " %d", inner.Kind)
		if inner.Optional {
			b.WriteString(" optional")
		}
		if inner.Default != nil {
			fmt.Fprintf(b, " default=%v", inner.Default)
		}
		for inner.Item != nil {
			inner = *inner.Item
			fmt.Fprintf(b, " of %d", inner.Kind)
		}
		if inner.Text != "" {
			fmt.Fprintf(b, " %q", inner.Text)
		}
		if inner.Type != "" {
			b.WriteString(" " + strings.TrimPrefix(inner.Type, "github.com/oriel-io/oriel/"))
		}
		if inner.Again {
			b.WriteString(" again")
		}
		b.WriteByte('\n')
		writeShape(b, indent+" ", inner)
	}
}
