// Package pipeline connects components: it checks a configuration against the
// list of factories, builds the graph, starts and stops it in order, and
// stands between components with queues, retries, counters and the drop ledger.
//
// Begin with NewPlan, which turns a config.Document into a Plan or says all that is
// wrong with it. Plan.Build makes a Graph of it; Graph.Start runs it. Delivery
// and the lifecycle are described in package component.
//
//	receiver --edge--> [fan-out] --edge--> processor ... --> [fan-out] --edge--> sender --> exporter
//	                                                                       queue, retry
//
// One receiver, exporter or connector serves all pipelines that name it; a
// processor is built once for each pipeline.
package pipeline
