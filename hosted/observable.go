package hosted

import (
	"context"
	"sync"

	"github.com/oriel-io/oriel/selfmon"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// The instruments that are asked when somebody reads the metrics.
type (
	int64ObservableCounter struct {
		noop.Int64ObservableCounter
		*instrument
	}
	int64ObservableUpDown struct {
		noop.Int64ObservableUpDownCounter
		*instrument
	}
	int64ObservableGauge struct {
		noop.Int64ObservableGauge
		*instrument
	}
	float64ObservableCounter struct {
		noop.Float64ObservableCounter
		*instrument
	}
	float64ObservableUpDown struct {
		noop.Float64ObservableUpDownCounter
		*instrument
	}
	float64ObservableGauge struct {
		noop.Float64ObservableGauge
		*instrument
	}
)

// observable is any of them.
type observable interface{ self() *instrument }

func (i *instrument) self() *instrument { return i }

func (m meter) Int64ObservableCounter(name string, o ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	c := metric.NewInt64ObservableCounterConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindCounter, nil)
	m.askInt64(i, c.Callbacks())
	return int64ObservableCounter{instrument: i}, nil
}

func (m meter) Int64ObservableUpDownCounter(name string, o ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	c := metric.NewInt64ObservableUpDownCounterConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindGauge, nil)
	m.askInt64(i, c.Callbacks())
	return int64ObservableUpDown{instrument: i}, nil
}

func (m meter) Int64ObservableGauge(name string, o ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	c := metric.NewInt64ObservableGaugeConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindGauge, nil)
	m.askInt64(i, c.Callbacks())
	return int64ObservableGauge{instrument: i}, nil
}

func (m meter) Float64ObservableCounter(name string, o ...metric.Float64ObservableCounterOption) (metric.Float64ObservableCounter, error) {
	c := metric.NewFloat64ObservableCounterConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindCounter, nil)
	m.askFloat64(i, c.Callbacks())
	return float64ObservableCounter{instrument: i}, nil
}

func (m meter) Float64ObservableUpDownCounter(name string, o ...metric.Float64ObservableUpDownCounterOption) (metric.Float64ObservableUpDownCounter, error) {
	c := metric.NewFloat64ObservableUpDownCounterConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindGauge, nil)
	m.askFloat64(i, c.Callbacks())
	return float64ObservableUpDown{instrument: i}, nil
}

func (m meter) Float64ObservableGauge(name string, o ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	c := metric.NewFloat64ObservableGaugeConfig(o...)
	i := m.instrument(name, c.Description(), selfmon.KindGauge, nil)
	m.askFloat64(i, c.Callbacks())
	return float64ObservableGauge{instrument: i}, nil
}

func (m meter) askInt64(i *instrument, callbacks []metric.Int64Callback) {
	for _, ask := range callbacks {
		m.scope.BeforeRead(func() { _ = ask(context.Background(), int64Observer{i: i}) })
	}
}

func (m meter) askFloat64(i *instrument, callbacks []metric.Float64Callback) {
	for _, ask := range callbacks {
		m.scope.BeforeRead(func() { _ = ask(context.Background(), float64Observer{i: i}) })
	}
}

// RegisterCallback asks for several instruments at once.
func (m meter) RegisterCallback(ask metric.Callback, _ ...metric.Observable) (metric.Registration, error) {
	r := &registration{}
	m.scope.BeforeRead(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.ended {
			// What it could not find out stays as it was.
			_ = ask(context.Background(), observer{})
		}
	})
	return r, nil
}

type registration struct {
	noop.Registration
	mu    sync.Mutex // guards ended, and is held while the callback runs
	ended bool
}

// Unregister ends the asking; it waits for a callback that runs.
func (r *registration) Unregister() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return nil
}

type (
	observer      struct{ noop.Observer }
	int64Observer struct {
		noop.Int64Observer
		i *instrument
	}
	float64Observer struct {
		noop.Float64Observer
		i *instrument
	}
)

func (observer) ObserveInt64(of metric.Int64Observable, v int64, o ...metric.ObserveOption) {
	if at, ok := of.(observable); ok {
		at.self().set(float64(v), metric.NewObserveConfig(o).Attributes())
	}
}

func (observer) ObserveFloat64(of metric.Float64Observable, v float64, o ...metric.ObserveOption) {
	if at, ok := of.(observable); ok {
		at.self().set(v, metric.NewObserveConfig(o).Attributes())
	}
}

func (x int64Observer) Observe(v int64, o ...metric.ObserveOption) {
	x.i.set(float64(v), metric.NewObserveConfig(o).Attributes())
}

func (x float64Observer) Observe(v float64, o ...metric.ObserveOption) {
	x.i.set(v, metric.NewObserveConfig(o).Attributes())
}
