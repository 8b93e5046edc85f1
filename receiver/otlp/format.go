package otlp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/oriel-io/oriel/internal/bytepool"
	"github.com/oriel-io/oriel/transport"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/protoscan"
	"google.golang.org/grpc/codes"
)

// format is one of the two forms that OTLP over HTTP has. An answer has the
// form of its request.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
type format struct {
	contentType string
	read        func(signal otlp.Signal, request *transport.Request) (*otlp.Batch, error)
	accepted    string                                    // an ExportServiceResponse that says that all was
	status      func(code codes.Code, text string) []byte // a google.rpc.Status
}

var protobufFormat = &format{
	contentType: "application/x-protobuf",
	read:        readProtobuf,
	status: func(code codes.Code, text string) []byte {
		return protoscan.AppendBytes(protoscan.AppendVarint(nil, 1, uint64(code)), 2, text)
	},
}

var jsonFormat = &format{
	contentType: "application/json",
	read:        readJSON,
	accepted:    "{}",
	status: func(code codes.Code, text string) []byte {
		b := strconv.AppendUint([]byte(`{"code":`), uint64(code), 10)
		return append(otlp.AppendJSONString(append(b, `,"message":`...), []byte(text)), '}')
	},
}

// formatOf finds the format of a Content-Type, nil if it is none of OTLP's.
func formatOf(contentType string) *format {
	kind, _, _ := strings.Cut(contentType, ";")
	for _, f := range []*format{protobufFormat, jsonFormat} {
		if strings.EqualFold(strings.TrimSpace(kind), f.contentType) {
			return f
		}
	}
	return nil
}

func contentTypeText(kind string) string {
	return fmt.Sprintf("Content-Type %q is not OTLP; send %s or %s", kind, protobufFormat.contentType, jsonFormat.contentType)
}

// readProtobuf makes a batch of the body as it is.
func readProtobuf(signal otlp.Signal, request *transport.Request) (*otlp.Batch, error) {
	batch, err := otlp.New(signal, request.Body.Bytes())
	if err == nil && request.Encoding != "" {
		batch = batch.WithEncoded(request.Encoding, request.Encoded)
	}
	return batch, err
}

// readJSON makes a batch of a JSON body and puts its bytes in the body's place.
// The memory for that is claimed before it is taken: twice the text, and more only of what is all numbers or no UTF-8.
func readJSON(signal otlp.Signal, request *transport.Request) (*otlp.Batch, error) {
	text := request.Body.Bytes()
	room, scratch := len(text), len(text)
	if !utf8.Valid(text) {
		room, scratch = otlp.MaxJSONGrowth*len(text), 3*len(text)
	}
	batch, err := readJSONInto(room, scratch, signal, request)
	if err == otlp.ErrRoom {
		return readJSONInto(otlp.MaxJSONGrowth*len(text), 0, signal, request)
	}
	return batch, err
}

func readJSONInto(size, scratch int, signal otlp.Signal, request *transport.Request) (*otlp.Batch, error) {
	if err := request.Claim(size + scratch); err != nil {
		return nil, err
	}
	room := bytepool.Get(size)
	batch, err := otlp.FromJSON(signal, request.Body.Bytes(), room.Bytes())
	if err != nil {
		room.Release()
		return nil, err
	}
	request.Body.Release()
	request.Body = room
	return batch, nil
}
