package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// post sends a body and returns the answer with its text.
func post(t *testing.T, url, encoding string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", url, body)
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// counting answers each request with how many bytes are held while it is answered, and
// with its compressed form.
func counting(memory *budget.Budget) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		request, err := ReadRequest(r)
		if err != nil {
			status, text := BodyStatus(err)
			http.Error(w, text, status)
			return
		}
		defer request.Body.Release()
		fmt.Fprintf(w, "%d bytes, holding %d, %s of %d", len(request.Body.Bytes()), memory.Held(), request.Encoding, len(request.Encoded))
	}
}

// What a request holds is counted as it came and inflated, refused before it is
// inflated, and given back with the answer.
func TestHTTPAdmission(t *testing.T) {
	t.Parallel()
	memory := new(budget.Budget)
	s := NewServers(nil)
	s.SetMemory(memory)
	l := mustListen(t, s, "receivers.test", "127.0.0.1:0", map[string]http.Handler{"/": counting(memory)})
	url := "http://" + l.Addr().String() + "/"
	data := bytes.Repeat([]byte("oriel "), 100_000)
	small := gzipped(data)
	want := fmt.Sprintf("%d bytes, holding %d, gzip of %d", len(data), len(data)+len(small)+1, len(small))

	if resp, text := post(t, url, "gzip", bytes.NewReader(small)); resp.StatusCode != 200 || text != want {
		t.Errorf("got %d %q, want %q", resp.StatusCode, text, want)
	}
	memory.SetLimit(int64(len(data)))
	for encoding, body := range map[string][]byte{"gzip": small, "zstd": zstdEncoded(t, data), "": append(data, data...)} {
		resp, text := post(t, url, encoding, bytes.NewReader(body))
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%q over the limit: got %d %q, Retry-After %q", encoding, resp.StatusCode, text, resp.Header.Get("Retry-After"))
		}
	}
	if memory.Refused() != 3 {
		t.Errorf("refused = %d, want 3", memory.Refused())
	}
	if resp, text := post(t, url, "", bytes.NewReader(data[:1000])); resp.StatusCode != 200 {
		t.Errorf("a small request afterwards: %d %q", resp.StatusCode, text)
	}
	l.Close(t.Context())
	if memory.Held() != 0 {
		t.Errorf("%d bytes are held after all is answered", memory.Held())
	}
}

func TestGRPCAdmission(t *testing.T) {
	t.Parallel()
	memory := new(budget.Budget)
	s := NewServers(nil)
	s.SetMemory(memory)
	var held int64
	var encoded []byte
	l, err := s.ListenGRPC("receivers.test", GRPCConfig{Endpoint: "127.0.0.1:0"}, map[string]UnaryMethod{
		echoMethod: func(_ context.Context, request *Request) ([]byte, error) {
			held, encoded = memory.Held(), request.Encoded
			return bytes.Clone(request.Body.Bytes()), nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("oriel "), 100_000)
	c := dial(t, l, "gzip")
	reply, err := c.Call(t.Context(), echoMethod, data, nil)
	if err != nil || !bytes.Equal(reply, data) || held != int64(len(data)+len(encoded)) || len(encoded) == 0 {
		t.Errorf("got %d bytes, %v; held %d with %d compressed", len(reply), err, held, len(encoded))
	}
	memory.SetLimit(int64(len(data)))
	_, err = c.Call(t.Context(), echoMethod, data, nil)
	var delay time.Duration
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			delay = info.RetryDelay.AsDuration()
		}
	}
	if status.Code(err) != codes.Unavailable || delay != time.Second || memory.Refused() != 1 {
		t.Errorf("over the limit: %v with RetryInfo %s, refused %d; want Unavailable, 1s, 1", err, delay, memory.Refused())
	}
	memory.Hold(1 << 30) // a queue that is full
	if _, err := c.Call(t.Context(), echoMethod, nil, nil); status.Code(err) != codes.Unavailable || memory.Refused() != 2 {
		t.Errorf("with no memory left: %v, refused %d", err, memory.Refused())
	}
	memory.Free(1 << 30)
	if refused := s.States()[0].Refused; refused != 2 {
		t.Errorf("the listener counts %d refused, want 2", refused)
	}
	l.Close(t.Context())
	if memory.Held() != 0 {
		t.Errorf("%d bytes are held after all is answered", memory.Held())
	}
}
