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
	// Upstream is nil before Start.
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
		if bridged, ok := made.(Bridged); ok && bridged.Upstream() != nil {
			out[upstreamID(id)] = bridged.Upstream()
		}
	}
	return out
}

// Report takes what a component says of its own state. An upstream collector
// ends when one says that it has failed for good; here that component counts as failed, and the
// process with it as not ready, while the others go on.
func (h *host) Report(event *componentstatus.Event) {
	level, condition := slog.LevelDebug, selfmon.Running
	switch event.Status() {
	case componentstatus.StatusOK:
	case componentstatus.StatusRecoverableError:
		level, condition = slog.LevelWarn, selfmon.Degraded
	case componentstatus.StatusPermanentError, componentstatus.StatusFatalError:
		level, condition = slog.LevelError, selfmon.Failed
	default: // starting and stopping are reported by whoever starts and stops
		return
	}
	reason := ""
	if event.Err() != nil {
		reason = event.Err().Error()
	}
	h.health.Report(condition, reason)
	h.log.Log(context.Background(), level, "the component is "+string(condition), "reason", reason)
}

// upstreamID is our id in upstream's form. A type that upstream would not allow belongs to none of its components.
func upstreamID(id component.ID) upstream.ID {
	typ, err := upstream.NewType(id.Type)
	if err != nil {
		return upstream.ID{}
	}
	return upstream.NewIDWithName(typ, id.Name)
}
