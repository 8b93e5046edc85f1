package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/pipeline/selfotlp"
	"github.com/oriel-io/oriel/selfmon"
	"golang.org/x/term"
)

// Own telemetry: what service.telemetry asks for, made of package selfmon.

// resource is what the process calls itself, pairs of name and value, sorted by name.
func (p *process) resource(set config.ResourceAttributes) (pairs []string) {
	attributes := map[string]string{"service.name": "oriel", "service.version": version(), "service.instance.id": p.instance}
	for name, value := range set {
		if value == nil {
			delete(attributes, name)
		} else {
			attributes[name] = *value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		pairs = append(pairs, name, attributes[name])
	}
	return pairs
}

// instanceID is a random UUID, version 4.
func instanceID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// voice is how the process speaks of itself, under one configuration.
type voice struct {
	cfg     config.Telemetry
	out     io.Writer // of the log
	files   []io.Closer
	exports *selfotlp.Exports
}

// prepareVoice opens what the configuration asks for. Nothing is said by it yet.
func (p *process) prepareVoice(cfg config.Telemetry) (*voice, error) {
	out, files, err := p.outputs(cfg.Logs.OutputPaths)
	if err != nil {
		return nil, err
	}
	v := &voice{cfg: cfg, out: out, files: files}
	v.exports, err = selfotlp.New(&cfg, selfotlp.Options{
		Resource: p.resource(cfg.Resource), Version: version(), Started: p.started, Level: metricsLevel(&cfg.Metrics),
		Registry: p.registry, Log: p.log.Logger,
	})
	if err != nil {
		closeAll(files)
		return nil, err
	}
	return v, nil
}

// speak uses a voice from now on. The one before has said all when it returns, or exportGrace has passed.
func (p *process) speak(v *voice) {
	before := p.voice
	p.voice = v
	options := logOptions(&v.cfg.Logs, v.out)
	options.Also = v.exports.LogHandlers()
	p.log.Become(v.out, options)
	v.exports.Trace(p.tracer)
	v.exports.Start()
	if before != nil {
		p.silence(before)
	}
}

// exportGrace is how long the last of own telemetry may take.
const exportGrace = 3 * time.Second

// silence ends a voice, also one that has not spoken.
func (p *process) silence(v *voice) {
	ctx, cancel := context.WithTimeout(context.Background(), exportGrace)
	defer cancel()
	if err := v.exports.Shutdown(ctx); err != nil {
		p.log.Warn("own telemetry was not closed well", "error", err)
	}
	closeAll(v.files)
}

func closeAll(files []io.Closer) {
	for _, file := range files {
		file.Close() // an entry that is being written at this moment may be lost
	}
}

func logOptions(cfg *config.TelemetryLogs, out io.Writer) selfmon.LogOptions {
	o := selfmon.LogOptions{Level: cfg.SlogLevel(), JSON: cfg.Encoding == "json" || cfg.Encoding == "" && !isTerminal(out)}
	for _, name := range slices.Sorted(maps.Keys(cfg.InitialFields)) {
		o.Fields = append(o.Fields, slog.Any(name, cfg.InitialFields[name]))
	}
	if s := cfg.Sampling; s != nil {
		o.Window, o.Burst, o.Thereafter = s.Tick, s.Initial, s.Thereafter
		if !s.Enabled {
			o.Burst = -1
		}
	}
	return o
}

// outputs opens what the log is written to.
func (p *process) outputs(paths []string) (out io.Writer, files []io.Closer, err error) {
	var writers []io.Writer
	for _, path := range paths {
		switch path {
		case "stderr":
			writers = append(writers, p.options.Stderr)
		case "stdout":
			writers = append(writers, p.options.Stdout)
		default:
			file, err := os.OpenFile(strings.TrimPrefix(path, "file://"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				closeAll(files)
				return nil, nil, fmt.Errorf("service.telemetry.logs.output_paths: %w", err)
			}
			writers, files = append(writers, file), append(files, file)
		}
	}
	switch len(writers) {
	case 0:
		return p.options.Stderr, nil, nil
	case 1:
		return writers[0], files, nil
	}
	return io.MultiWriter(writers...), files, nil
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// metricsLevel is how much readers are shown.
func metricsLevel(cfg *config.TelemetryMetrics) selfmon.Level {
	switch strings.ToLower(cfg.Level) {
	case "basic":
		return selfmon.LevelBasic
	case "detailed":
		return selfmon.LevelDetailed
	}
	return selfmon.LevelNormal
}

// scrapeReader is one address where metrics can be read.
type scrapeReader struct {
	address  string
	explicit bool // false: upstream's default address
	view     selfmon.View
}

// scrapeReaders lists them. Without readers in the configuration there is one, as upstream has it.
func scrapeReaders(cfg *config.TelemetryMetrics, resource []string) (out []scrapeReader) {
	if strings.EqualFold(cfg.Level, "none") {
		return nil
	}
	level := metricsLevel(cfg)
	usual := selfmon.DefaultView(level, resource)
	for _, r := range cfg.Readers {
		if r.Pull == nil {
			continue
		}
		reader := r.Pull.Exporter.Prometheus
		view := selfmon.View{
			Level: level, WithoutUnits: reader.WithoutUnits, WithoutTypeSuffix: reader.WithoutTypeSuffix, WithoutScopeInfo: reader.WithoutScopeInfo,
			Target: usual.Target,
		}
		if pick := reader.WithResourceConstantLabels; pick != nil {
			view.Labels = selfmon.DefaultView(level, picked(resource, pick)).Labels
		}
		out = append(out, scrapeReader{reader.Address(), true, view})
	}
	switch {
	case cfg.Address != "":
		out = append(out, scrapeReader{cfg.Address, true, usual})
	case len(cfg.Readers) == 0:
		out = append(out, scrapeReader{"127.0.0.1:8888", false, usual})
	}
	return out
}

// picked are the pairs whose names are wanted.
func picked(pairs []string, pick *config.IncludeExclude) (out []string) {
	for i := 0; i < len(pairs); i += 2 {
		included := len(pick.Included) == 0 || slices.Contains(pick.Included, pairs[i])
		if included && !slices.Contains(pick.Excluded, pairs[i]) {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}

// serveMetrics answers Prometheus where service.telemetry.metrics says.
func (p *process) serveMetrics(r *running) error {
	telemetry := &r.plan.Telemetry
	for _, reader := range scrapeReaders(&telemetry.Metrics, p.resource(telemetry.Resource)) {
		routes := map[string]http.Handler{"GET /metrics": selfmon.Handler(p.registry, reader.view)}
		l, err := p.serve("service.telemetry.metrics", "own metrics", reader.address, routes)
		switch {
		case err == nil:
			r.listeners = append(r.listeners, l)
		case reader.explicit:
			return err
		default: // two collectors on one machine are common, and only one can have upstream's default port
			p.log.Warn("own metrics are not served", "error", err)
		}
	}
	return nil
}
