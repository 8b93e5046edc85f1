package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/store/plan"
	"github.com/oriel-io/oriel/store/servicegraph"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// valueText shows a value with its kind: "text", 1, 1.5, true, 0x0102, null.
func valueText(v plan.Value) string {
	switch v.Kind {
	case plan.String:
		return strconv.Quote(v.Str)
	case plan.Float:
		if s := v.Text(); strings.ContainsAny(s, ".eNI") {
			return s
		}
		return v.Text() + ".0"
	case plan.Bytes:
		return "0x" + v.Text()
	case plan.Null:
		return "null"
	}
	return v.Text()
}

func rowText(row []plan.Value) string {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = valueText(v)
	}
	return strings.Join(cells, " | ")
}

func rowsText(rows [][]plan.Value) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(rowText(row) + "\n")
	}
	return b.String()
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// canonical sorts the fields of a message and leaves zero ones out, so that
// two encodings of the same message compare equal.
func canonical(msg []byte) string {
	var fields []string
	for len(msg) > 0 {
		f, err := protoscan.Next(msg)
		if err != nil {
			return fmt.Sprintf("bad message % x", msg)
		}
		if f.Int != 0 || len(f.Body) > 0 {
			fields = append(fields, string(msg[:f.Size]))
		}
		msg = msg[f.Size:]
	}
	slices.Sort(fields)
	return strings.Join(fields, "")
}

// traceText shows a trace as a sorted list of spans with resource and scope.
func traceText(batch *otlp.Batch) string {
	if batch == nil {
		return "no trace"
	}
	var lines []string
	for group := range batch.Groups() {
		for scope := range group.Scopes() {
			for span := range scope.Spans() {
				lines = append(lines, fmt.Sprintf("resource %x scope %q %q span %x",
					canonical(group.Resource().Msg), scope.Name(), scope.Version(), canonical(span)))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// GraphText shows a window of the service graph, one node or edge a line, sorted.
func GraphText(w *servicegraph.Window) string {
	var lines []string
	for node, stats := range w.Nodes {
		lines = append(lines, fmt.Sprintf("%s: %s\n", nodeText(node), statsText(stats)))
	}
	for edge, stats := range w.Edges {
		lines = append(lines, fmt.Sprintf("%s -> %s: %s\n", nodeText(edge.From), nodeText(edge.To), statsText(stats)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func nodeText(n servicegraph.Node) string {
	if n.Kind == servicegraph.Client {
		return "client"
	}
	s := [...]string{"service", "client", "database", "queue", "external"}[n.Kind] + " " + n.Name
	if n.Namespace != "" {
		s += "/" + n.Namespace
	}
	if n.Version != "" {
		s += "@" + n.Version
	}
	if n.System != "" {
		s += " (" + n.System + ")"
	}
	return s
}

func statsText(s *servicegraph.Stats) string {
	out := fmt.Sprintf("ok %d", s.OK)
	for _, c := range []struct {
		name  string
		count uint64
	}{{"error", s.Error}, {"throttle", s.Throttle}, {"fault", s.Fault}} {
		if c.count > 0 {
			out += fmt.Sprintf(" %s %d", c.name, c.count)
		}
	}
	if n := s.Latency.Count(); n != s.Total() {
		out += fmt.Sprintf(" (histogram of %d!)", n)
	}
	out += " in " + time.Duration(s.SumNanos).String()
	if s.SlowNanos > 0 {
		out += " slowest " + time.Duration(s.SlowNanos).String() + " " + strings.Trim(string(s.SlowTrace[:]), "\x00")
	}
	return out
}
