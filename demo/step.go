package demo

import (
	"fmt"
	"time"
)

// A step is one thing that a service does for a request.
type step interface{ isStep() }

type (
	// work is the service's own computing; its length varies about typical.
	work struct{ typical time.Duration }

	// call asks another service, by its path with {id} filled in. Its failure is
	// the caller's failure unless the answer is optional.
	call struct {
		to, method, path string
		optional         bool
	}

	// borrow takes the steps while holding a connection of the pool, for which
	// it waits at most that long.
	borrow struct {
		pool  string
		wait  time.Duration
		steps []step
	}

	// query asks a store.
	query struct {
		store, operation, table, text string
		typical                       time.Duration
	}

	// publish sends an event that a consumer of the queue handles later.
	publish struct{ queue string }

	// refuse answers this share of requests with the status.
	refuse struct {
		share  float64
		status int
		reason string
	}

	// sometimes takes the steps for this share of requests.
	sometimes struct {
		share float64
		steps []step
	}

	// together takes the steps side by side and waits for all.
	together []step

	// repeat takes the steps a number of times, one after the other, for the ids 1 to times.
	repeat struct {
		times int
		steps []step
	}
)

func (work) isStep()      {}
func (call) isStep()      {}
func (borrow) isStep()    {}
func (query) isStep()     {}
func (publish) isStep()   {}
func (refuse) isStep()    {}
func (sometimes) isStep() {}
func (together) isStep()  {}
func (repeat) isStep()    {}

// failure ends a request with a status other than 200. A service answers
// what the service it asked had answered.
type failure struct {
	status int
	reason string
}

func (f *failure) Error() string { return fmt.Sprintf("%d: %s", f.status, f.reason) }

// spec is one service, or one version of it.
type spec struct {
	name, version string
	weight        int            // share of the service's requests, among its versions
	pools         map[string]int // connections that each pool has
	silent        bool           // sends no telemetry: not ours
	operations    []operation
	jobs          []job
	consumes      string // queue whose events it handles with the steps of onEvent
	onEvent       []step
}

// operation is one route of a service.
type operation struct {
	route string // as http.ServeMux wants it: "GET /reviews/{id}"
	steps []step
}

// job is work that a service does on its own.
type job struct {
	name         string
	first, every time.Duration
	steps        []step
}

// storeSpec is a database or cache.
type storeSpec struct {
	name, system, namespace string // system: as in OpenTelemetry's db.system.name
	port                    int
}

// visit is what visitors ask of the gateway.
type visit struct {
	share        float64
	method, path string
}

// mesh is all of it.
type mesh struct {
	services []spec
	stores   []storeSpec
	visits   []visit
}

// store finds a store by its name.
func (m *mesh) store(name string) storeSpec {
	for _, s := range m.stores {
		if s.name == name {
			return s
		}
	}
	panic("demo: no store " + name)
}
