package hosted

import (
	"github.com/oriel-io/oriel/config"
	upstream "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap/xconfmap"
)

// Config is a block of YAML that upstream's code reads and checks, into its own
// type. It is empty until the block is decoded, so listing a component costs nothing.
type Config struct {
	origin *origin
	value  upstream.Config
}

// UnmarshalConfig reads the block as an upstream collector would: its defaults,
// its decoder, its checks. What it complains about is given a place in the text.
func (c *Config) UnmarshalConfig(n *config.Node) (err error) {
	c.value, err = c.origin.read(n)
	reveal(n, c.value)
	if err == nil {
		err = c.origin.check(n)
	}
	return problemsOf(err, n, c.value, c.origin.check)
}

// read returns the settings as far as they could be decoded.
func (o *origin) read(n *config.Node) (upstream.Config, error) {
	value := o.upstream.CreateDefaultConfig()
	conf, err := confOf(n)
	if err != nil {
		return value, err
	}
	// With a pointer to the interface, as upstream passes it: some decoders depend on that.
	if err := conf.Unmarshal(&value); err != nil {
		return value, err
	}
	return value, xconfmap.Validate(value)
}

// check reads a block and tries to make a component of it. It has settings of
// its own, since some components remember by those what was made of them.
func (o *origin) check(n *config.Node) error {
	value, err := o.read(n)
	if err != nil {
		return err
	}
	return o.try(value)
}

// DeliversItself says that an exporter has a queue and retries of its own, as
// most of upstream's do: a batch that it has taken is not yet sent, so the pipeline does not count it as such.
func (c *Config) DeliversItself() bool { return true }

// DescribeConfig leaves the keys to upstream's own page.
func (c *Config) DescribeConfig() config.Shape {
	return config.Shape{Kind: config.BlockShape, Open: true, Link: c.origin.page()}
}
