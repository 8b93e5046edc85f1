// Package resourcedetection is the resourcedetection processor: it finds out what
// it runs on (environment variables, machine, container, cloud) and says so on every resource.
//
// Begin with Config. found.go runs the detectors and keeps what they found, processor.go
// puts it on batches; each detector has a file. The first detector that knows an attribute wins, and one that
// fails is logged and left out.
//
// Keys, defaults and attributes are those of the upstream processor. What differs: nothing of
// AWS's SDK is in it, so that tags of an instance, and with them the name of an EKS cluster, are read from its metadata service,
// which must be allowed to show them; and the name and the image of a Docker container are those that people know, not "/name" and a digest.
package resourcedetection

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oriel-io/oriel/component"
	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
)

// Config is the `resourcedetection:` block.
type Config struct {
	// What to ask, in order: env (OTEL_RESOURCE_ATTRIBUTES), system, docker, ecs, ec2, eks, lambda, elastic_beanstalk.
	Detectors []string `yaml:"detectors"`
	// Whether attributes that a resource has already get the value that was detected.
	Override bool `yaml:"override"`
	// How long detection may take at the start. Nothing is taken in before. 0: each detector is asked once, however long that takes.
	Timeout time.Duration `yaml:"timeout"`
	// Detect again after this time, and again. 0: never.
	RefreshInterval time.Duration `yaml:"refresh_interval"`

	// The machine that the process runs on.
	System SystemConfig `yaml:"system"`
	// The Docker daemon and the container that the process runs in.
	Docker DockerConfig `yaml:"docker"`
	// The task of Amazon ECS.
	ECS ECSConfig `yaml:"ecs"`
	// The instance of Amazon EC2.
	EC2 EC2Config `yaml:"ec2"`
	// The cluster of Amazon EKS, and its instance.
	EKS EKSConfig `yaml:"eks"`
	// The function of AWS Lambda.
	Lambda LambdaConfig `yaml:"lambda"`
	// The environment of AWS Elastic Beanstalk.
	ElasticBeanstalk BeanstalkConfig `yaml:"elasticbeanstalk"`

	Akamai       config.Unsupported `yaml:"akamai"`
	AKS          config.Unsupported `yaml:"aks"`
	AlibabaECS   config.Unsupported `yaml:"alibaba_ecs"`
	Azure        config.Unsupported `yaml:"azure"`
	Consul       config.Unsupported `yaml:"consul"`
	DigitalOcean config.Unsupported `yaml:"digitalocean"`
	GCP          config.Unsupported `yaml:"gcp"`
	Heroku       config.Unsupported `yaml:"heroku"`
	Hetzner      config.Unsupported `yaml:"hetzner"`
	K8sNode      config.Unsupported `yaml:"k8snode"`
	Kubeadm      config.Unsupported `yaml:"kubeadm"`
	Nova         config.Unsupported `yaml:"nova"`
	OpenShift    config.Unsupported `yaml:"openshift"`
	OracleCloud  config.Unsupported `yaml:"oraclecloud"`
	Scaleway     config.Unsupported `yaml:"scaleway"`
	Upcloud      config.Unsupported `yaml:"upcloud"`
	Vultr        config.Unsupported `yaml:"vultr"`

	clientKeys `yaml:",inline"`

	around surroundings
	found  *found // what all processors of this block share: one detection
}

// clientKeys are those of upstream's HTTP client. Upstream asks only services
// with it that are not supported here.
type clientKeys struct {
	Endpoint             config.Ignored `yaml:"endpoint"`
	ProxyURL             config.Ignored `yaml:"proxy_url"`
	TLS                  config.Ignored `yaml:"tls"`
	ReadBufferSize       config.Ignored `yaml:"read_buffer_size"`
	WriteBufferSize      config.Ignored `yaml:"write_buffer_size"`
	Headers              config.Ignored `yaml:"headers"`
	Auth                 config.Ignored `yaml:"auth"`
	Compression          config.Ignored `yaml:"compression"`
	CompressionParams    config.Ignored `yaml:"compression_params"`
	MaxIdleConns         config.Ignored `yaml:"max_idle_conns"`
	MaxIdleConnsPerHost  config.Ignored `yaml:"max_idle_conns_per_host"`
	MaxConnsPerHost      config.Ignored `yaml:"max_conns_per_host"`
	IdleConnTimeout      config.Ignored `yaml:"idle_conn_timeout"`
	DisableKeepAlives    config.Ignored `yaml:"disable_keep_alives"`
	HTTP2ReadIdleTimeout config.Ignored `yaml:"http2_read_idle_timeout"`
	HTTP2PingTimeout     config.Ignored `yaml:"http2_ping_timeout"`
	Cookies              config.Ignored `yaml:"cookies"`
	ForceAttemptHTTP2    config.Ignored `yaml:"force_attempt_http2"`
	Middlewares          config.Ignored `yaml:"middlewares"`
}

// Factory is listed in components/components.go.
var Factory = component.ProcessorFactory[Config]{
	Type:    "resourcedetection",
	Summary: "Finds out what it runs on and says so on every resource.",
	Signals: component.SignalsOf(otlp.Traces, otlp.Logs, otlp.Metrics),
	Default: func() Config {
		return Config{
			Detectors: []string{"env"}, Override: true, Timeout: 5 * time.Second,
			System: defaultSystem(), Docker: defaultDocker(), ECS: defaultECS(), EC2: defaultEC2(), EKS: defaultEKS(), Lambda: defaultLambda(), ElasticBeanstalk: defaultBeanstalk(),
			around: ours(), found: &found{},
		}
	},
	New: newProcessor,
}

// elsewhere are the detectors that only upstream has.
var elsewhere = []string{
	"akamai", "aks", "alibaba_ecs", "azure", "consul", "digitalocean", "dynatrace", "gcp", "heroku", "hetzner", "k8snode", "kubeadm", "nova",
	"openshift", "oraclecloud", "scaleway", "upcloud", "vultr", "gke", "gce",
}

// Validate checks the detectors and their settings.
func (c *Config) Validate() error {
	var problems []error
	known := detectorNames
	for i, name := range c.Detectors {
		where := fmt.Sprintf("detectors[%d]", i)
		switch {
		case slices.Contains(known, name):
		case slices.Contains(elsewhere, name):
			problems = append(problems, &config.Problem{
				Where: where, What: fmt.Sprintf("the detector %s is not supported yet", name), Fix: "remove it, or keep this part in an upstream collector for now",
			})
		default:
			fix := config.Nearest(name, known)
			if fix == "" {
				fix = "known here: " + strings.Join(known, ", ")
			}
			problems = append(problems, &config.Problem{Where: where, What: fmt.Sprintf("%q is not a detector", name), Fix: fix})
		}
	}
	if len(c.Detectors) == 0 {
		problems = append(problems, &config.Problem{Where: "detectors", What: "the list is empty, so nothing would be detected", Fix: "detectors: [env, system]"})
	}
	if c.Timeout < 0 || c.RefreshInterval < 0 {
		problems = append(problems, config.Problemf("", "timeout or refresh_interval is negative"))
	}
	return errors.Join(problems...)
}

// Toggle switches one attribute.
type Toggle struct {
	// Whether the attribute is set.
	Enabled bool `yaml:"enabled"`
}

var on = Toggle{true}

// compileAll compiles regular expressions.
func compileAll(where string, texts []string) (out []*regexp.Regexp, problems []error) {
	for i, text := range texts {
		re, err := regexp.Compile(text)
		if err != nil {
			problems = append(problems, config.Problemf(fmt.Sprintf("%s[%d]", where, i), "%q is not a regular expression: %v", text, err))
			continue
		}
		out = append(out, re)
	}
	return out, problems
}
