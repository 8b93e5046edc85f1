//go:build e2e

package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// The same spans into Oriel and zipkin-server, as they are: no processor that
// would better them stands in between. Both are asked for each trace and for the
// dependencies; where they differ, the case says so and why.

// zipkinOnly keeps what Zipkin's clients send.
const zipkinOnly = `
receivers:
  zipkin: {endpoint: ZIPKIN}
exporters:
  store:
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [zipkin], exporters: [store]}
`

func startZipkinOnly(t *testing.T) (address string) {
	t.Helper()
	address = freePort(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "oriel.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(zipkinOnly, "ZIPKIN", address, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "oriel", orielBin, "--config", path, "--data", filepath.Join(dir, "data"), "--ui", freePort(t))
	awaitZipkin(t, address, 20*time.Second)
	return address
}

func startZipkinServer(t *testing.T) (address string) {
	t.Helper()
	address = freePort(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "zipkin-server", onPath(t, "java"), "-Xmx300m", "-Darmeria.ports[0].ip=127.0.0.1", "-Darmeria.ports[0].port="+port,
		"-Darmeria.ports[0].protocols[0]=http", "-Dzipkin.self-tracing.enabled=false", "-jar", zipkinServerPath(t))
	awaitZipkin(t, address, 90*time.Second)
	return address
}

func awaitZipkin(t *testing.T, address string, limit time.Duration) {
	t.Helper()
	eventually(t, limit, func() error {
		var health struct{ Status string }
		return getJSON("http://"+address+"/health", &health)
	})
}

type zipkinCase struct {
	name, path string // path is api/v1/spans or api/v2/spans
	body       string
	lost       string // a member that zipkin-server does not give back, with its object's name
	links      string // parent>child=calls/errors, as both see it
	oursOnly   string // links of which zipkin-server
	theirsOnly string // sees these
	why        string // of what differs
}

func TestZipkinServerSpans(t *testing.T) {
	t.Parallel()
	zipkin, oriel := startZipkinServer(t), startZipkinOnly(t)
	for i, c := range zipkinCases(t) {
		body, ids := renew(t, c.body, i+1)
		for _, address := range []string{zipkin, oriel} {
			answer, err := http.Post("http://"+address+"/"+c.path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusAccepted {
				t.Fatalf("%s: %s answers %s", c.name, address, answer.Status)
			}
		}
		for _, id := range ids {
			compareTrace(t, c, zipkin, oriel, id)
		}
	}
	eventually(t, 30*time.Second, func() error {
		var wrong strings.Builder
		for _, c := range zipkinCases(t) {
			ours, theirs := linksOf(t, oriel, c.name+"-"), linksOf(t, zipkin, c.name+"-")
			wantOurs, wantTheirs := joinLinks(c.links, c.oursOnly), joinLinks(c.links, c.theirsOnly)
			if ours != wantOurs || theirs != wantTheirs {
				fmt.Fprintf(&wrong, "\n%s:\n  oriel has %q\n  want      %q\n  zipkin-server has %q\n  want              %q", c.name, ours, wantOurs, theirs, wantTheirs)
			}
		}
		if wrong.Len() > 0 {
			return errors.New(wrong.String())
		}
		return nil
	})
}

// zipkinCases name each service after their case, so that its links can be told from the others'.
func zipkinCases(t *testing.T) []zipkinCase {
	file := func(name string) string {
		body, err := os.ReadFile("../wire/zipkin/testdata/upstream/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	ipv4InIPv6 := "it does not read the IPv6 address 7::0.128.128.127, which ends as an IPv4 one does (RFC 4291, section 2.2)"
	list := []zipkinCase{
		{name: "sample2", path: "api/v2/spans", body: file("sample2"), lost: "localEndpoint ipv6", why: ipv4InIPv6},
		{name: "sample4", path: "api/v2/spans", body: file("sample4"), lost: "localEndpoint ipv6", why: ipv4InIPv6},
		{name: "single", path: "api/v2/spans", body: file("zipkin_v2_single"), lost: "localEndpoint ipv6",
			oursOnly: "frontend>backend=1/1", theirsOnly: "frontend>backend=1/0", why: ipv4InIPv6 + "; and a status 500 without a tag error is no error to it"},
		{name: "v1", path: "api/v1/spans", body: file("zipkin_v1_single_batch"), links: "front-proxy>service1=1/0 service1>service2=1/0"},
		{name: "shared", path: "api/v2/spans", links: "front>back=1/1 back>db=1/0", body: `[
			{"traceId":"1","id":"1","kind":"SERVER","name":"get /","timestamp":1000000000000000,"duration":90000,"localEndpoint":{"serviceName":"front","ipv4":"10.0.0.1","port":80}},
			{"traceId":"1","id":"2","parentId":"1","kind":"CLIENT","name":"get","timestamp":1000000000001000,"duration":80000,"localEndpoint":{"serviceName":"front"},"remoteEndpoint":{"serviceName":"back","port":8080},"tags":{"error":"500","http.path":"/a"}},
			{"traceId":"1","id":"2","parentId":"1","kind":"SERVER","name":"get","timestamp":1000000000002000,"duration":70000,"shared":true,"localEndpoint":{"serviceName":"back"},"tags":{"error":"true"},"annotations":[{"timestamp":1000000000003000,"value":"cache miss"}]},
			{"traceId":"1","id":"3","parentId":"2","kind":"CLIENT","name":"select","timestamp":1000000000004000,"duration":60000,"localEndpoint":{"serviceName":"back"},"remoteEndpoint":{"serviceName":"db"}}]`},
		{name: "messages", path: "api/v2/spans", oursOnly: "shop>mailer=1/0", theirsOnly: "shop>kafka=1/0 kafka>mailer=1/0",
			why: "it draws the broker between the two, we draw who depends on whom, and a queue only where nobody is known to read it", body: `[
			{"traceId":"2","id":"1","kind":"PRODUCER","name":"send","timestamp":1000000000000000,"duration":10,"localEndpoint":{"serviceName":"shop"},"remoteEndpoint":{"serviceName":"kafka"}},
			{"traceId":"2","id":"2","parentId":"1","kind":"CONSUMER","name":"receive","timestamp":1000000000005000,"duration":10,"localEndpoint":{"serviceName":"mailer"},"remoteEndpoint":{"serviceName":"kafka"}}]`},
		{name: "clients", path: "api/v2/spans", links: "a>b=1/0", body: `[
			{"traceId":"3","id":"1","kind":"CLIENT","name":"inbound","timestamp":1000000000000000,"duration":90000,"localEndpoint":{"serviceName":"a"},"tags":{"upstream_cluster":"inbound|80|http|a.default.svc.cluster.local"}},
			{"traceId":"3","id":"2","parentId":"1","kind":"CLIENT","name":"outbound","timestamp":1000000000001000,"duration":80000,"localEndpoint":{"serviceName":"a"},"tags":{"upstream_cluster":"outbound|80||b.default.svc.cluster.local"}},
			{"traceId":"3","id":"3","parentId":"2","kind":"CLIENT","name":"inbound","timestamp":1000000000002000,"duration":70000,"localEndpoint":{"serviceName":"b"},"tags":{"upstream_cluster":"inbound|80|http|b.default.svc.cluster.local"}}]`},
		{name: "loop", path: "api/v2/spans", links: "a>a=1/0", body: `[
			{"traceId":"4","id":"1","kind":"SERVER","name":"outer","timestamp":1000000000000000,"duration":90000,"localEndpoint":{"serviceName":"a"}},
			{"traceId":"4","id":"2","parentId":"1","kind":"CLIENT","name":"call","timestamp":1000000000001000,"duration":80000,"localEndpoint":{"serviceName":"a"},"remoteEndpoint":{"serviceName":"a"}},
			{"traceId":"4","id":"2","parentId":"1","kind":"SERVER","name":"inner","timestamp":1000000000002000,"duration":70000,"shared":true,"localEndpoint":{"serviceName":"a"}}]`},
		{name: "missing", path: "api/v2/spans", links: "a>b=1/0", body: `[
			{"traceId":"5","id":"1","kind":"SERVER","name":"a","timestamp":1000000000000000,"duration":90000,"localEndpoint":{"serviceName":"a"}},
			{"traceId":"5","id":"3","parentId":"1","kind":"SERVER","name":"b","timestamp":1000000000002000,"duration":70000,"localEndpoint":{"serviceName":"b"}}]`},
		{name: "odd", path: "api/v2/spans", lost: "tags net.host.ip", why: "it drops an address that is none", body: `[
			{"traceId":"6","id":"1","kind":"CLIENT","name":"Mixed Case","timestamp":"1000000000000000","duration":0,"localEndpoint":{"serviceName":"A","ipv4":"not an ip","port":0},"remoteEndpoint":{"port":70},"tags":{"n":1,"text":"é\u2603\ud83d\ude00"}}]`},
	}
	for i := range list {
		c := &list[i]
		c.body = regexp.MustCompile(`("serviceName"\s*:\s*")`).ReplaceAllString(c.body, "${1}"+c.name+"-")
	}
	return list
}

// renew gives each trace an id of its own and moves its times to a minute ago.
func renew(t *testing.T, body string, number int) (_ string, ids []string) {
	t.Helper()
	renamed := map[string]string{}
	body = regexp.MustCompile(`("traceId"\s*:\s*")([0-9a-f]+)`).ReplaceAllStringFunc(body, func(s string) string {
		at := strings.LastIndexByte(s, '"') + 1
		if renamed[s[at:]] == "" {
			renamed[s[at:]] = fmt.Sprintf("%016x%08x%08x", time.Now().Unix(), number, len(renamed)+1)
			ids = append(ids, renamed[s[at:]])
		}
		return s[:at] + renamed[s[at:]]
	})
	first := int64(0)
	times := regexp.MustCompile(`\b1[0-9]{15}\b`)
	for _, text := range times.FindAllString(body, -1) {
		if at, err := strconv.ParseInt(text, 10, 64); err == nil && (first == 0 || at < first) {
			first = at
		}
	}
	shift := time.Now().Add(-time.Minute).UnixMicro() - first
	body = times.ReplaceAllStringFunc(body, func(text string) string {
		at, _ := strconv.ParseInt(text, 10, 64)
		return strconv.FormatInt(at+shift, 10)
	})
	return body, ids
}

// compareTrace holds the two answers for one trace against each other. zipkin-server
// makes names lower case; we keep them.
func compareTrace(t *testing.T, c zipkinCase, zipkin, oriel, id string) {
	t.Helper()
	losses := 0
	spans := func(address string) (list []map[string]any) {
		eventually(t, 10*time.Second, func() error { return getJSON("http://"+address+"/api/v2/trace/"+id, &list) })
		for _, s := range list {
			for _, part := range []map[string]any{s, object(s["localEndpoint"]), object(s["remoteEndpoint"])} {
				for _, key := range []string{"name", "serviceName"} {
					if text, ok := part[key].(string); ok {
						part[key] = strings.ToLower(text)
					}
				}
			}
			if in, member, ok := strings.Cut(c.lost, " "); ok && address == oriel {
				e := object(s[in])
				if _, ok := e[member]; ok {
					losses++
				}
				if delete(e, member); len(e) == 0 {
					delete(s, in)
				}
			}
		}
		slices.SortFunc(list, func(a, b map[string]any) int {
			return cmp.Or(cmp.Compare(fmt.Sprint(a["id"]), fmt.Sprint(b["id"])), cmp.Compare(fmt.Sprint(a["kind"]), fmt.Sprint(b["kind"])))
		})
		return list
	}
	if diff := gocmp.Diff(spans(zipkin), spans(oriel)); diff != "" {
		t.Errorf("%s: trace %s: zipkin-server -, oriel +:\n%s", c.name, id, diff)
	}
	if c.lost != "" && losses == 0 {
		t.Errorf("%s: oriel lost %s too; zipkin-server because %s", c.name, c.lost, c.why)
	}
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// linksOf are the dependencies of the services with the prefix, without it.
func linksOf(t *testing.T, address, prefix string) string {
	t.Helper()
	var list []struct {
		Parent, Child         string
		CallCount, ErrorCount int
	}
	if err := getJSON(fmt.Sprintf("http://%s/api/v2/dependencies?endTs=%d&lookback=3600000", address, time.Now().UnixMilli()), &list); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range list {
		if strings.HasPrefix(l.Parent, prefix) {
			out = append(out, fmt.Sprintf("%s>%s=%d/%d", strings.TrimPrefix(l.Parent, prefix), strings.TrimPrefix(l.Child, prefix), l.CallCount, l.ErrorCount))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func joinLinks(parts ...string) string {
	all := strings.Fields(strings.Join(parts, " "))
	slices.Sort(all)
	return strings.Join(all, " ")
}
