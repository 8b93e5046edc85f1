package pipeline

// Decoded finds the Config that a block was decoded into by its YAML path, "receivers.otlp/a"; nil if its type is
// not known.
func (p *Plan) Decoded(path string) any {
	for _, part := range p.order {
		if part.block.Path() == path {
			return part.cfg
		}
	}
	return nil
}
