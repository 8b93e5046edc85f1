package resourcedetection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/oriel-io/oriel/aws/imds"
	"github.com/oriel-io/oriel/config"
)

// EC2Config is the `ec2:` block.
type EC2Config struct {
	// Regular expressions for the keys of the instance's tags that become attributes, ec2.tag.KEY. They are read from the
	// instance metadata service, which must be allowed to show them: aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled.
	Tags []string `yaml:"tags"`
	// Which attributes are set.
	ResourceAttributes EC2Attributes `yaml:"resource_attributes"`
	// How often a question is asked if the metadata service does not answer.
	MaxAttempts int `yaml:"max_attempts"`
	// Longest wait between such attempts.
	MaxBackoff time.Duration `yaml:"max_backoff"`
	// Whether it is a failure if there is no metadata service, and detection is tried again until the timeout. Otherwise this is taken for no instance of EC2.
	FailOnMissingMetadata bool `yaml:"fail_on_missing_metadata"`
}

// EC2Attributes is the `resource_attributes:` block.
type EC2Attributes struct {
	// Account of the instance.
	CloudAccountID Toggle `yaml:"cloud.account.id"`
	// Availability zone of the instance.
	CloudAvailabilityZone Toggle `yaml:"cloud.availability_zone"`
	// aws_ec2.
	CloudPlatform Toggle `yaml:"cloud.platform"`
	// aws.
	CloudProvider Toggle `yaml:"cloud.provider"`
	// Region of the instance.
	CloudRegion Toggle `yaml:"cloud.region"`
	// Id of the instance.
	HostID Toggle `yaml:"host.id"`
	// Id of the machine image.
	HostImageID Toggle `yaml:"host.image.id"`
	// Name of the host.
	HostName Toggle `yaml:"host.name"`
	// Type of the instance.
	HostType Toggle `yaml:"host.type"`
}

func defaultEC2() EC2Config {
	return EC2Config{ResourceAttributes: EC2Attributes{on, on, on, on, on, on, on, on, on}, MaxAttempts: 3, MaxBackoff: 20 * time.Second}
}

// Validate checks the regular expressions.
func (c *EC2Config) Validate() error {
	_, problems := compileAll("tags", c.Tags)
	if c.MaxAttempts < 0 || c.MaxBackoff < 0 {
		problems = append(problems, config.Problemf("", "max_attempts or max_backoff is negative"))
	}
	return errors.Join(problems...)
}

// ec2Detector asks the instance metadata service.
type ec2Detector struct {
	cfg    EC2Config
	tags   []*regexp.Regexp
	client *imds.Client
}

func newEC2(cfg EC2Config, env func(name string) string) ec2Detector {
	tags, _ := compileAll("tags", cfg.Tags) // Validate told what is wrong
	return ec2Detector{cfg, tags, imds.New(imds.Options{Attempts: cfg.MaxAttempts, MaxBackoff: cfg.MaxBackoff, Env: env})}
}

func (d ec2Detector) detect(ctx context.Context) (*attributes, error) {
	if _, err := d.client.Metadata(ctx, "instance-id"); err != nil {
		if d.cfg.FailOnMissingMetadata {
			return nil, err
		}
		return &attributes{}, nil
	}
	about, err := d.client.Identity(ctx)
	if err != nil {
		return nil, err
	}
	name, err := d.client.Metadata(ctx, "hostname")
	if err != nil {
		return nil, err
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("cloud.provider", "aws")
	out.text("cloud.platform", "aws_ec2")
	out.instance(about, name)
	if len(d.tags) > 0 {
		return out, d.addTags(ctx, out)
	}
	return out, nil
}

// instance sets what an instance is.
func (a *attributes) instance(about *imds.Identity, name string) {
	a.text("cloud.region", about.Region)
	a.text("cloud.account.id", about.AccountID)
	a.text("cloud.availability_zone", about.AvailabilityZone)
	a.text("host.id", about.InstanceID)
	a.text("host.image.id", about.ImageID)
	a.text("host.type", about.InstanceType)
	a.text("host.name", name)
}

// addTags adds the tags that are wanted. Without them the rest is still good: the error is a partialError.
func (d ec2Detector) addTags(ctx context.Context, out *attributes) error {
	tags, err := d.client.Tags(ctx)
	if imds.IsNotFound(err) {
		return &partialError{errors.New("the instance does not show its tags; allow it with: aws ec2 modify-instance-metadata-options --instance-metadata-tags enabled --instance-id ID")}
	}
	if err != nil {
		return &partialError{fmt.Errorf("read the tags of the instance: %w", err)}
	}
	out.enabled = nil // these have no switch of their own
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if slices.ContainsFunc(d.tags, func(re *regexp.Regexp) bool { return re.MatchString(key) }) {
			out.text("ec2.tag."+key, tags[key])
		}
	}
	return nil
}

// partialError says that a detector found not all it was asked for; what it found counts.
type partialError struct{ error }

func (e *partialError) Unwrap() error { return e.error }
