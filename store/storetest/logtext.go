package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
)

// ParseLogs reads log records written as text, one a line:
//
//	# time severity service trace:span body attributes
//	10ms 9 front/shop@v1 t1:a "order 17 placed" order=17 resource.host.name=h1
//	-    17 - - "no time, no service, no trace"
//
// See ParseSpans for the words. event and text (severity text) are fields of
// the record.
func ParseLogs(text string) (*otlp.Batch, error) {
	b := otlp.NewBuilder(otlp.Logs)
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := addLog(b, line); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", n+1, err, line)
		}
	}
	return otlp.New(otlp.Logs, b.Batch().Bytes())
}

func addLog(b *otlp.Builder, line string) error {
	words, err := splitWords(line)
	if err != nil {
		return err
	}
	if len(words) < 5 {
		return fmt.Errorf("%d words, want at least 5", len(words))
	}
	var record []byte
	if words[0] != "-" {
		after, err := time.ParseDuration(words[0])
		if err != nil {
			return err
		}
		record = protoscan.AppendFixed64(record, 1, uint64(Epoch.Add(after).UnixNano()))
	}
	severity, err := strconv.ParseUint(words[1], 10, 8)
	if err != nil {
		return err
	}
	record = protoscan.AppendVarint(record, 2, severity)
	resource := serviceAttrs(words[2])
	if words[3] != "-" {
		trace, span, _ := strings.Cut(words[3], ":")
		record = appendID(record, 9, trace, 16)
		if span != "" {
			record = appendID(record, 10, span, 8)
		}
	}
	body, mark := protoscan.Open(record, 5)
	record = protoscan.Close(protoscan.AppendBytes(body, 1, words[4]), mark)
	// Observed a second after the epoch, so that records without a time have a place.
	record = protoscan.AppendFixed64(record, 11, uint64(Epoch.Add(time.Second).UnixNano()))
	for _, word := range words[5:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q is not key=value", word)
		}
		switch key {
		case "event":
			record = protoscan.AppendBytes(record, 12, value)
		case "text":
			record = protoscan.AppendBytes(record, 3, value)
		default:
			if name, ok := strings.CutPrefix(key, "resource."); ok {
				resource = otlp.AppendAttr(resource, 1, name, parseValue(value))
			} else {
				record = otlp.AppendAttr(record, 6, key, parseValue(value))
			}
		}
	}
	b.Add(resource, nil, record, 1)
	return nil
}
