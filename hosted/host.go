package hosted

import (
	"context"
	"log/slog"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/selfmon"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// Bridged is an extension of ours that hosted components can use: Upstream
// returns it as upstream's kind of extension, a storage.Extension for example.
// Every hosted extension is one.
type Bridged interface {
	Upstream() upstream.Component
}

// host is what a hosted component sees of the process around it.
type host struct {
	extensions func() map[component.ID]component.Component
	log        *slog.Logger
	health     *selfmon.Part
}

// GetExtensions lists the running extensions that hosted components can use.
func (h *host) GetExtensions() map[upstream.ID]upstream.Component {
	out := map[upstream.ID]upstream.Component{}
	if h.extensions == nil {
		return out
	}
	for id, made := range h.extensions() {
		if bridged, ok := made.(Bridged); ok {
			out[upstreamID(id)] = bridged.Upstream()
		}
	}
	return out
}

// Report takes what a component says of its own state.
func (h *host) Report(event *componentstatus.Event) {
	level, reason := slog.LevelDebug, ""
	if event.Err() != nil {
		reason = event.Err().Error()
	}
	switch event.Status() {
	case componentstatus.StatusOK:
		h.health.Report(selfmon.Running, "")
	case componentstatus.StatusRecoverableError:
		level = slog.LevelWarn
		h.health.Report(selfmon.Degraded, reason)
	case componentstatus.StatusPermanentError, componentstatus.StatusFatalError:
		level = slog.LevelError
		h.health.Report(selfmon.Failed, reason)
	}
	if event.Err() != nil {
		h.log.Log(context.Background(), level, "component status", "status", event.Status().String(), "error", event.Err())
		return
	}
	h.log.Log(context.Background(), level, "component status", "status", event.Status().String())
}

// upstreamID is our id in upstream's form. A type that upstream would not allow belongs to none of its components.
func upstreamID(id component.ID) upstream.ID {
	typ, err := upstream.NewType(id.Type)
	if err != nil {
		return upstream.ID{}
	}
	return upstream.NewIDWithName(typ, id.Name)
}
