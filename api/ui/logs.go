package ui

import (
	"encoding/hex"
	"strconv"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

var logColumns = []plan.Field{
	plan.F(plan.Time), plan.F(plan.Severity), plan.F(plan.Service), plan.F(plan.Body),
	plan.F(plan.TraceID), plan.F(plan.SpanID), plan.F(plan.Spec), plan.F(plan.Resource),
}

// logs lists records, newest first.
func (s *server) logs(r *request) (any, error) {
	w, err := r.window()
	if err != nil {
		return nil, err
	}
	return s.logList(r, plan.Query{From: w.from, To: w.to}, true)
}

// traceLogs lists the records of a trace, oldest first, whenever they were.
func (s *server) traceLogs(r *request) (any, error) {
	id, err := r.traceID()
	if err != nil {
		return nil, err
	}
	return s.logList(r, plan.Query{Where: isTrace(id)}, false)
}

func (s *server) logList(r *request, q plan.Query, newestFirst bool) (any, error) {
	limit, err := r.number("limit", 200, 1, 5000)
	if err != nil {
		return nil, err
	}
	from, err := r.after()
	if err != nil {
		return nil, err
	}
	if err := r.unknown(); err != nil {
		return nil, err
	}
	q.Table, q.Select, q.Limit, q.After = plan.Logs, logColumns, int(limit), from.After
	q.OrderBy = []plan.Order{{Field: plan.F(plan.Time), Desc: newestFirst}}
	q.Bounds.Time = remaining(r, s.Budget)
	result, err := s.Reader.Query(r.ctx, q)
	if err != nil {
		return nil, pageError(err, from)
	}
	list := &LogList{Logs: make([]LogLine, len(result.Rows)), After: nextPage(result.Next), Work: work(r, result.Stats)}
	for i, row := range result.Rows {
		list.Logs[i] = logLine(row)
	}
	return list, nil
}

// logLine reads a row of logColumns.
func logLine(row []plan.Value) LogLine {
	record, resource := otlp.LogRecord(row[6].Str), otlp.Resource{Msg: []byte(row[7].Str)}
	line := LogLine{
		TimeNs:     strconv.FormatInt(row[0].Int, 10),
		Severity:   severityName(row[1].Int),
		Service:    serviceName(row[2].Str),
		Body:       row[3].Str,
		TraceID:    hex.EncodeToString([]byte(row[4].Str)),
		SpanID:     hex.EncodeToString([]byte(row[5].Str)),
		Attributes: attributes(record.Attrs()),
		Resource:   attributes(resource.Attrs()),
	}
	if v, ok := resource.Attrs().Get(semconv.ServiceVersion); ok {
		line.Version, _ = attributeText(v)
	}
	return line
}

// severityName is the word for OTLP's severity number: four numbers each.
//
// Source: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
func severityName(n int64) string {
	if n < 1 || n > 24 {
		return ""
	}
	return [...]string{"trace", "debug", "info", "warn", "error", "fatal"}[(n-1)/4]
}
