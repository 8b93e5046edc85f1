// Package hosted runs components of the upstream OpenTelemetry Collector inside
// our pipeline: it turns their factories into ours, and their pdata into batches
// of bytes and back, at this border only.
//
// One line in components/components.go adds a component:
//
//	hosted.Receiver(filelogreceiver.NewFactory()),
//
// Begin with Config, which reads a block of YAML with upstream's own code, and
// with stage, which is a processor, exporter or connector of theirs that looks like
// one of ours. telemetry.go is what a hosted component sees of the process around it.
//
// What a hosted component costs beyond itself: each batch is decoded into
// pdata when it comes in and encoded when it goes out (border_test.go has the benchmark).
package hosted
