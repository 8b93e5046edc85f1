// Package config reads OpenTelemetry Collector YAML into typed Config structs
// and reports everything that is wrong with it, each thing with file, line,
// column, YAML path and what to write instead.
//
// Begin with Load (texts to a Document: merged, then ${...} expanded), then Document.Decode (a block to a
// struct). Problem is the one form of complaint.
//
// # Config structs
//
// A Config struct is all that Oriel knows of a block: keys and types are its fields, defaults what they hold, rules its
// Validate, explanations the comments of the fields. Reference pages, the schema for editors and oriel explain are
// made of it, and a test asks for a comment on each field and for a new go generate after a change.
//
// Most types describe themselves: texts, numbers, bools, durations, structs, pointers to structs (optional blocks,
// with SetDefaults if they have defaults), slices, maps, Secret, Unsupported, Ignored. One that its fields do not
// describe says what it takes with a method on its pointer,
//
//	func (*Size) DescribeConfig() config.Shape {
//		return config.Shape{Kind: config.TextShape, Text: "a number of bytes, or a percentage"}
//	}
//
// namely a type with an UnmarshalConfig, an enumeration (Shape.Enum), an interface, or a Config that is described
// elsewhere (Open and Link: keys are taken as they come, and the page points to their documentation). An
// UnmarshalConfig also calls Node.Reveal for what is no secret.
package config
