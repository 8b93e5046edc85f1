// Command record asks an upstream collector of version 0.145.0, made of its own modules, for its verdict on each
// configuration of the archives beside its folder, and writes it into them. It is a module of its own, because it is large:
//
//	cd app/testdata/upstream/record && go mod tidy -e && go run .
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/healthcheckextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/pprofextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/resourcedetectionprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/resourceprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/jaegerreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver"
	"github.com/rogpeppe/go-internal/txtar"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/nopexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/zpagesextension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/nopreceiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

func factories() (f otelcol.Factories, err error) {
	f.Telemetry = otelconftelemetry.NewFactory()
	if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory(), nopreceiver.NewFactory(), zipkinreceiver.NewFactory(),
		jaegerreceiver.NewFactory(), hostmetricsreceiver.NewFactory(), filelogreceiver.NewFactory()); err != nil {
		return f, err
	}
	if f.Processors, err = otelcol.MakeFactoryMap[processor.Factory](batchprocessor.NewFactory(), memorylimiterprocessor.NewFactory(), attributesprocessor.NewFactory(),
		resourceprocessor.NewFactory(), probabilisticsamplerprocessor.NewFactory(), filterprocessor.NewFactory(), transformprocessor.NewFactory(),
		resourcedetectionprocessor.NewFactory()); err != nil {
		return f, err
	}
	if f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](otlpexporter.NewFactory(), otlphttpexporter.NewFactory(), debugexporter.NewFactory(),
		nopexporter.NewFactory(), fileexporter.NewFactory()); err != nil {
		return f, err
	}
	f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](zpagesextension.NewFactory(), healthcheckextension.NewFactory(), pprofextension.NewFactory(),
		filestorage.NewFactory())
	return f, err
}

// verdict is "accept", or "refuse: " with what upstream says.
func verdict(config string) string {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("record-%d.yaml", os.Getpid()))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err.Error()
	}
	defer os.Remove(file)
	col, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "record", Version: "0.145.0"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs: []string{file}, DefaultScheme: "env",
			ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), fileprovider.NewFactory(), yamlprovider.NewFactory()},
		}},
	})
	if err == nil {
		err = col.DryRun(context.Background())
	}
	if err == nil {
		return "accept"
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), file, "FILE")), " ")
	for _, noise := range []string{"failed to get config: ", "cannot unmarshal the configuration: ", "decoding failed due to the following error(s): ", "error reading configuration for "} {
		text = strings.ReplaceAll(text, noise, "")
	}
	return "refuse: " + text
}

// fill puts a block into the frame of its archive, at the frame's indentation.
func fill(frame, block string) string {
	block = strings.TrimRight(block, "\n")
	if frame == "" {
		return block + "\n"
	}
	return strings.Replace(frame, "BLOCK", strings.ReplaceAll(block, "\n", "\n    "), 1)
}

func main() {
	files, _ := filepath.Glob("../*.txtar")
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			panic(err)
		}
		frame := ""
		var out bytes.Buffer
		at := -1
		for i, f := range archive.Files {
			switch f.Name {
			case "frame":
				frame = string(f.Data)
			case "upstream":
				at = i
			case "differs":
			default:
				fmt.Fprintf(&out, "%s: %s\n", f.Name, verdict(fill(frame, string(f.Data))))
			}
		}
		if at < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: "upstream"})
			at = len(archive.Files) - 1
		}
		archive.Files[at].Data = out.Bytes()
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			panic(err)
		}
	}
}
