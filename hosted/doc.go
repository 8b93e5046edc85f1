// Package hosted runs components of the upstream OpenTelemetry Collector inside
// our pipeline: it turns their factories into ours, and their pdata into batches
// of bytes and back, at this border only. Begin with Config, which reads a block of YAML
// with upstream's own code, and with stage, which is a processor, exporter or connector of
// theirs that looks like one of ours. telemetry.go is what they see of the process around them.
// One line in components/components.go adds one: hosted.Receiver(filelogreceiver.NewFactory()).
//
// Components of the upstream collector run unchanged, with all their keys. Each
// batch is decoded when it comes to one of them and encoded when it leaves, which costs several times the
// CPU of a component that works on the bytes.
package hosted
