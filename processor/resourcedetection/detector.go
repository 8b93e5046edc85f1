package resourcedetection

import (
	"context"
	"os"
	"reflect"
	"strings"

	"github.com/oriel-io/oriel/wire/otlp"
)

// A detector finds attributes. None of them and no error: it does not run there.
type detector interface {
	detect(ctx context.Context) (*attributes, error)
}

// attribute is one that was found.
type attribute struct {
	key   string
	value otlp.Value
}

// schemaURL is that of the semantic conventions that the attributes follow.
const schemaURL = "https://opentelemetry.io/schemas/1.38.0"

// attributes are what one detector finds, as far as its block lets it.
type attributes struct {
	list    []attribute
	enabled map[string]bool // nil: all
	schema  string
}

// enabledBy makes an empty set that takes what the `resource_attributes:` block enables.
func enabledBy(block any) *attributes {
	a := &attributes{enabled: map[string]bool{}, schema: schemaURL}
	v := reflect.ValueOf(block)
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		a.enabled[key] = v.Field(i).Interface().(Toggle).Enabled
	}
	return a
}

// wants says whether the attribute is enabled, for those that cost something to find out.
func (a *attributes) wants(key string) bool { return a.enabled == nil || a.enabled[key] }

func (a *attributes) set(key string, value otlp.Value) {
	if a.wants(key) {
		a.list = append(a.list, attribute{key, value})
	}
}

// text sets an attribute that is known: upstream sets even empty ones.
func (a *attributes) text(key, value string) { a.set(key, otlp.StringValue(value)) }

// texts sets a list; an empty one is left out.
func (a *attributes) texts(key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := make([]otlp.Value, len(values))
	for i, v := range values {
		list[i] = otlp.StringValue(v)
	}
	a.set(key, otlp.ArrayValue(list...))
}

// surroundings are what detectors look at, apart from the network.
type surroundings struct {
	env            func(name string) string // "" for a variable that is not set
	serviceAccount string                   // folder of a pod's token
	beanstalk      string                   // file that Elastic Beanstalk writes
}

func ours() surroundings {
	return surroundings{env: os.Getenv, serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount", beanstalk: "/var/elasticbeanstalk/xray/environment.conf"}
}

// detectorNames are the kinds that make knows.
var detectorNames = []string{"env", "system", "docker", "ecs", "ec2", "eks", "lambda", "elastic_beanstalk"}

// make makes the detectors that are listed.
func (c *Config) make() (out []detector) {
	around := c.around
	for _, name := range c.Detectors {
		switch name {
		case "env":
			out = append(out, envDetector{around.env})
		case "system":
			out = append(out, newSystem(c.System))
		case "docker":
			out = append(out, newDocker(c.Docker, around.env))
		case "ecs":
			out = append(out, ecsDetector{c.ECS, around.env})
		case "ec2":
			out = append(out, newEC2(c.EC2, around.env))
		case "eks":
			out = append(out, newEKS(c.EKS, around))
		case "lambda":
			out = append(out, lambdaDetector{c.Lambda, around.env})
		case "elastic_beanstalk":
			out = append(out, beanstalkDetector{c.ElasticBeanstalk, around.beanstalk})
		}
	}
	return out
}
