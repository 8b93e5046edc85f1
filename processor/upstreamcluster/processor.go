package upstreamcluster

import (
	"context"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/oriel-io/oriel/wire/semconv"
)

type processor struct {
	cfg     Config
	next    component.Sink
	proxies *proxies

	inbound, outbound, unknown *selfmon.Counter
}

func newProcessor(cfg Config, set component.Settings, next component.Sink) (component.Stage, error) {
	count := func(direction string) *selfmon.Counter {
		return set.Metrics.Counter("oriel_processor_upstreamcluster_spans", "Spans with a cluster, by its direction; unknown ones were left alone.", "direction", direction)
	}
	return &processor{
		cfg: cfg, next: next, proxies: newProxies(),
		inbound: count("inbound"), outbound: count("outbound"), unknown: count("unknown"),
	}, nil
}

func (p *processor) Start(context.Context) error    { return nil }
func (p *processor) Shutdown(context.Context) error { return nil }

// Consume hands on the batch with its spans set right.
func (p *processor) Consume(ctx context.Context, b *otlp.Batch) error {
	if p.cfg.SetNames {
		p.meet(b)
	}
	pass := pass{processor: p}
	return p.next.Consume(ctx, otlp.EditSpans(b, pass.edit))
}

// meet learns about proxies that are not known yet before the first span is
// changed, because a proxy's outbound spans end, and come, before its inbound ones.
func (p *processor) meet(b *otlp.Batch) {
	for g := range b.Groups() {
		from := readResource(g.Resource())
		if _, known := p.proxies.of(from.hash); known || !from.isOne {
			continue
		}
		for s := range g.Scopes() {
			for span := range s.Spans() {
				if t := readSpan(span, p.cfg.Attributes); t.isCluster && t.inbound {
					p.proxies.learn(from.hash, t.local(&from))
				}
			}
		}
	}
}

// pass is one batch on its way.
type pass struct {
	*processor
	group []byte // that from is of
	from  sender
	known local
}

// edit sets one span right.
func (p *pass) edit(g otlp.Group, _ otlp.Scope, span otlp.Span, e *otlp.SpanEdit) {
	t := readSpan(span, p.cfg.Attributes)
	p.count(&t)
	if p.cfg.SetKind && t.isCluster {
		setKind(span.Fields().Kind, t.inbound, e)
	}
	if !p.cfg.SetNames {
		return
	}
	if t.port != 0 && !t.hasPort {
		e.Attrs.Set(semconv.ServerPort, otlp.IntValue(int64(t.port)))
	}
	if t.isCluster && !t.inbound {
		setPeer(&t, &e.Attrs)
	}
	p.setLocal(&t, g, &e.Resource)
}

func (p *processor) count(t *told) {
	switch {
	case t.isCluster && t.inbound:
		p.inbound.Add(1)
	case t.isCluster:
		p.outbound.Add(1)
	case t.isUnknown:
		p.unknown.Add(1)
	}
}

func setKind(kind otlp.Kind, inbound bool, e *otlp.SpanEdit) {
	switch {
	case inbound && kind != otlp.KindServer && kind != otlp.KindConsumer:
		e.SetKind(otlp.KindServer)
	case !inbound && kind != otlp.KindClient && kind != otlp.KindProducer:
		e.SetKind(otlp.KindClient)
	}
}

// setPeer names the service that an outbound span calls.
func setPeer(t *told, attrs *otlp.AttrEdit) {
	if !t.hasAddress {
		attrs.Set(semconv.ServerAddress, otlp.StringValue(t.host))
	}
	service, namespace := kubernetesName(t.host)
	if service == nil {
		return
	}
	if !t.hasPeer {
		attrs.Set(semconv.PeerService, otlp.StringValue(service))
	}
	if !t.hasPeerNamespace {
		attrs.Set(semconv.PeerNamespace, otlp.StringValue(namespace))
	}
}

// setLocal names the local service on the resource.
func (p *pass) setLocal(t *told, g otlp.Group, resource *otlp.AttrEdit) {
	if len(p.group) != len(g.Msg) || &p.group[0] != &g.Msg[0] {
		p.group, p.from = g.Msg, readResource(g.Resource())
		known, _ := p.proxies.of(p.from.hash)
		p.known = local{[]byte(known.service), []byte(known.namespace)}
	}
	is := t.local(&p.from)
	if t.inbound && p.from.isOne && !is.equal(p.known) {
		p.proxies.learn(p.from.hash, is)
	}
	change := is.or(p.known).rename(&p.from)
	if change.namespace != nil {
		resource.Set(semconv.ServiceNamespace, otlp.StringValue(change.namespace))
	}
	if change.service != nil {
		resource.Set(semconv.ServiceName, otlp.StringValue(change.service))
	}
}
