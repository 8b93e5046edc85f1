package otlp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/oriel-io/oriel/wire/protoscan"
)

// items lists what a batch holds: for each item its resource, scope and text,
// sorted. Every operation has to keep it, whatever it does to the grouping.
func items(batches ...*Batch) (list []string) {
	for _, b := range batches {
		if b == nil {
			continue
		}
		for g := range b.Groups() {
			resource := fmt.Sprintf("%q %s", g.SchemaURL(), attrsText(g.Resource().Attrs()))
			for s := range g.Scopes() {
				scope := fmt.Sprintf("%q %q %s", s.Name(), s.Version(), attrsText(s.Attrs()))
				for item := range repeated[[]byte](s.Msg, 2) {
					list = append(list, fmt.Sprintf("%s | %s | %x", resource, scope, item))
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// drawBatch makes any valid batch: some groups, scopes and items, also empty
// ones, long and short texts, and fields that OTLP does not define.
func drawBatch(t *rapid.T, signal Signal) *Batch {
	text := rapid.SampledFrom([]string{"", "a", "b", "service", strings.Repeat("long", 40), strings.Repeat("longer", 3000)})
	attrs := func(b []byte, num uint32) []byte {
		for range rapid.IntRange(0, 4).Draw(t, "attrs") {
			value := rapid.SampledFrom([]Value{StringValue(text.Draw(t, "value")), IntValue(-5), BoolValue(true), DoubleValue(2), {}}).Draw(t, "v")
			b = AppendAttr(b, num, text.Draw(t, "key"), value)
		}
		return b
	}
	unknown := func(b []byte) []byte {
		if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
			return protoscan.AppendVarint(b, 3000, 7)
		}
		return b
	}
	item := func(b []byte) []byte {
		switch signal {
		case Traces:
			id := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")
			b = protoscan.AppendBytes(b, 1, id)
			b = protoscan.AppendBytes(b, 5, text.Draw(t, "name"))
			b = attrs(b, 9)
		case Logs:
			b = protoscan.AppendVarint(b, 2, 9)
			b = attrs(b, 6)
		case Metrics:
			b = protoscan.AppendBytes(b, 1, text.Draw(t, "name"))
			b, mark := protoscan.Open(b, rapid.SampledFrom(metricData[:]).Draw(t, "kind"))
			for i := range rapid.IntRange(0, 9).Draw(t, "points") {
				b = protoscan.AppendBytes(b, 1, protoscan.AppendFixed64(nil, 3, uint64(i)))
			}
			return unknown(protoscan.Close(b, mark))
		}
		return unknown(b)
	}
	var data []byte
	for range rapid.IntRange(0, 3).Draw(t, "groups") {
		b, group := protoscan.Open(data, 1)
		if rapid.Bool().Draw(t, "has resource") {
			b = protoscan.AppendBytes(b, 1, attrs(nil, 1))
		}
		for range rapid.IntRange(0, 3).Draw(t, "scopes") {
			var scope int
			b, scope = protoscan.Open(b, 2)
			b = protoscan.AppendBytes(b, 1, protoscan.AppendBytes(attrs(nil, 3), 1, text.Draw(t, "scope")))
			for range rapid.IntRange(0, 5).Draw(t, "items") {
				var mark int
				b, mark = protoscan.Open(b, 2)
				b = protoscan.Close(item(b), mark)
			}
			b = protoscan.Close(unknown(b), scope)
		}
		b = protoscan.AppendBytes(unknown(b), 3, text.Draw(t, "schema"))
		data = protoscan.Close(b, group)
	}
	return valid(t, signal, unknown(data))
}

// valid holds what an operation has made to the rules of every request.
func valid(t interface{ Fatalf(string, ...any) }, signal Signal, data []byte) *Batch {
	b, err := New(signal, data)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

func checkBatches(t *rapid.T, batches ...*Batch) (count int) {
	for _, b := range batches {
		if b == nil {
			continue
		}
		if again := valid(t, b.Signal(), b.Bytes()); again.Items() != b.Items() {
			t.Fatalf("says %d items, has %d", b.Items(), again.Items())
		}
		count += b.Items()
	}
	return count
}

func same(t *rapid.T, got, want []string) {
	if !slices.Equal(got, want) {
		t.Fatalf("got %d items\n%s\nwant %d items\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

func forEachSignal(t *testing.T, check func(t *rapid.T, signal Signal)) {
	for _, signal := range []Signal{Traces, Logs, Metrics} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { check(t, signal) })
		})
	}
}

func TestSplitThenMerge(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		n := rapid.IntRange(1, 5).Draw(t, "n")
		parts := Split(b, n, func(Group, Scope, []byte) int { return rapid.IntRange(0, n-1).Draw(t, "part") })
		if len(parts) != n || checkBatches(t, parts...) != b.Items() {
			t.Fatalf("%d parts, want %d", len(parts), n)
		}
		same(t, items(parts...), items(b))
		merged := Merge(parts...)
		checkBatches(t, merged)
		same(t, items(merged), items(b))
	})
}

func TestFilterAndItsComplement(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		var verdicts []bool
		yes := Filter(b, func(Group, Scope, []byte) bool {
			verdicts = append(verdicts, rapid.Bool().Draw(t, "keep"))
			return verdicts[len(verdicts)-1]
		})
		at := -1
		no := Filter(b, func(Group, Scope, []byte) bool { at++; return !verdicts[at] })
		if checkBatches(t, yes, no) != b.Items() {
			t.Fatalf("items were lost")
		}
		same(t, items(yes, no), items(b))
		if !slices.Contains(verdicts, true) && yes != nil || len(verdicts) > 0 && !slices.Contains(verdicts, false) && yes != b {
			t.Fatalf("kept %v: got %p of %p", verdicts, yes, b)
		}
	})
}

func TestSplitGivesItemsTheirGroup(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		var got []string
		Filter(b, func(g Group, s Scope, item []byte) bool {
			resource := fmt.Sprintf("%q %s", g.SchemaURL(), attrsText(g.Resource().Attrs()))
			got = append(got, fmt.Sprintf("%s | %q %q %s | %x", resource, s.Name(), s.Version(), attrsText(s.Attrs()), item))
			return true
		})
		slices.Sort(got)
		same(t, got, items(b))
	})
}

func TestChunk(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		size := rapid.IntRange(1, 12).Draw(t, "size")
		chunks := Chunk(b, size)
		if checkBatches(t, chunks...) != b.Items() {
			t.Fatalf("items were lost")
		}
		for i, c := range chunks {
			if c == nil || c.Items() != size && i < len(chunks)-1 || c.Items() > size || c.Items() == 0 && b.Items() > 0 {
				t.Fatalf("chunk %d of %d is %v, want %d items", i, len(chunks), c, size)
			}
		}
		if signal != Metrics {
			same(t, items(chunks...), items(b))
			return
		}
		same(t, pointTexts(chunks...), pointTexts(b))
	})
}

func TestChunkBytes(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		size := rapid.IntRange(1, 2000).Draw(t, "size")
		chunks := ChunkBytes(b, size)
		if checkBatches(t, chunks...) != b.Items() {
			t.Fatalf("items were lost")
		}
		for i, c := range chunks {
			if c == nil || c.Size() > size && c.Items() > 1 && c != b { // b itself is too large by what belongs to no item
				t.Fatalf("chunk %d of %d has %d bytes and %d items, want %d bytes", i, len(chunks), c.Size(), c.Items(), size)
			}
		}
		if signal != Metrics {
			same(t, items(chunks...), items(b))
			return
		}
		same(t, pointTexts(chunks...), pointTexts(b))
	})
}

// What is cut by bytes is nearly full.
func TestChunkBytesFills(t *testing.T) {
	t.Parallel()
	builder := NewBuilder(Traces)
	for range 1000 {
		builder.Add(nil, nil, protoscan.AppendBytes(nil, 5, make([]byte, 90)), 1)
	}
	chunks := ChunkBytes(builder.Batch(), 10_000)
	for i, c := range chunks {
		if c.Size() > 10_000 || c.Size() < 9_800 && i < len(chunks)-1 {
			t.Errorf("chunk %d has %d bytes", i, c.Size())
		}
	}
}

// pointTexts lists data points with everything around them. A metric without
// points counts as one.
func pointTexts(batches ...*Batch) (list []string) {
	for _, b := range batches {
		for g := range b.Groups() {
			for s := range g.Scopes() {
				for m := range s.Metrics() {
					p := pointsOf(m)
					head := fmt.Sprintf("%s %q %q %x", attrsText(g.Resource().Attrs()), s.Name(), m.Name(), p.head)
					if m.PointCount() == 0 {
						list = append(list, head)
					}
					for point := range repeated[[]byte](p.rest, 1) {
						list = append(list, fmt.Sprintf("%s %x", head, point))
					}
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

func TestBuilderRoundTrip(t *testing.T) {
	forEachSignal(t, func(t *rapid.T, signal Signal) {
		b := drawBatch(t, signal)
		builder := NewBuilder(signal)
		resources := map[string]bool{}
		for g := range b.Groups() {
			for s := range g.Scopes() {
				for item := range repeated[[]byte](s.Msg, 2) {
					resources[string(g.Resource().Msg)] = true
					builder.Add(g.Resource().Msg, first(s.Msg, 1), item, b.countItem(item))
				}
			}
		}
		if builder.Items() != b.Items() {
			t.Fatalf("%d items, want %d", builder.Items(), b.Items())
		}
		built := builder.Batch()
		checkBatches(t, built)
		withoutSchema := Filter(b, func(Group, Scope, []byte) bool { return true })
		strip := func(list []string) (out []string) {
			for _, s := range list {
				out = append(out, s[strings.Index(s, " {"):])
			}
			slices.Sort(out)
			return out
		}
		same(t, strip(items(built)), strip(items(withoutSchema)))
		groups := 0
		for range built.Groups() {
			groups++
		}
		if groups != len(resources) {
			t.Fatalf("%d groups for %d resources", groups, len(resources))
		}
		if again := builder.Batch(); again.Items() != 0 || again.Size() != 0 {
			t.Fatalf("the builder still holds %d items", again.Items())
		}
	})
}

func TestMerge(t *testing.T) {
	b := valid(t, Traces, envoyBatch(3))
	if Merge() != nil || Merge(nil, nil) != nil || Merge(nil, b, nil) != b {
		t.Error("a single batch is not passed through")
	}
	if m := Merge(b, b); m.Items() != 6 || m.Size() != 2*b.Size() {
		t.Errorf("got %d items, %d bytes", m.Items(), m.Size())
	}
	defer func() {
		if recover() == nil {
			t.Error("traces and logs were merged")
		}
	}()
	Merge(b, valid(t, Logs, nil))
}

func TestSplitSharesAWholeBatch(t *testing.T) {
	b := valid(t, Traces, envoyBatch(20))
	parts := Split(b, 3, func(Group, Scope, []byte) int { return 1 })
	if parts[0] != nil || parts[1] != b || parts[2] != nil {
		t.Errorf("got %v", parts)
	}
}
