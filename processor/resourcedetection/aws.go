package resourcedetection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

// LambdaConfig is the `lambda:` block.
type LambdaConfig struct {
	// Which attributes are set.
	ResourceAttributes LambdaAttributes `yaml:"resource_attributes"`
}

// LambdaAttributes is the `resource_attributes:` block.
type LambdaAttributes struct {
	// Names of the log groups.
	LogGroupNames Toggle `yaml:"aws.log.group.names"`
	// Names of the log streams.
	LogStreamNames Toggle `yaml:"aws.log.stream.names"`
	// aws_lambda.
	CloudPlatform Toggle `yaml:"cloud.platform"`
	// aws.
	CloudProvider Toggle `yaml:"cloud.provider"`
	// Region of the function.
	CloudRegion Toggle `yaml:"cloud.region"`
	// The log stream, which names the instance of the function.
	FaasInstance Toggle `yaml:"faas.instance"`
	// Memory in MiB.
	FaasMaxMemory Toggle `yaml:"faas.max_memory"`
	// Name of the function.
	FaasName Toggle `yaml:"faas.name"`
	// Version of the function.
	FaasVersion Toggle `yaml:"faas.version"`
}

func defaultLambda() LambdaConfig {
	return LambdaConfig{LambdaAttributes{on, on, on, on, on, on, on, on, on}}
}

// lambdaDetector reads the environment that Lambda gives its functions.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
type lambdaDetector struct {
	cfg LambdaConfig
	env func(name string) string
}

func (d lambdaDetector) detect(context.Context) (*attributes, error) {
	name := d.env("AWS_LAMBDA_FUNCTION_NAME")
	if name == "" {
		return &attributes{}, nil
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("cloud.provider", "aws")
	out.text("cloud.platform", "aws_lambda")
	known := func(key, variable string) {
		if value := d.env(variable); value != "" {
			out.text(key, value)
		}
	}
	known("cloud.region", "AWS_REGION")
	out.text("faas.name", name)
	known("faas.version", "AWS_LAMBDA_FUNCTION_VERSION")
	known("faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME")
	known("faas.max_memory", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
	if group := d.env("AWS_LAMBDA_LOG_GROUP_NAME"); group != "" {
		out.texts("aws.log.group.names", []string{group})
	}
	if stream := d.env("AWS_LAMBDA_LOG_STREAM_NAME"); stream != "" {
		out.texts("aws.log.stream.names", []string{stream})
	}
	return out, nil
}

// BeanstalkConfig is the `elasticbeanstalk:` block.
type BeanstalkConfig struct {
	// Which attributes are set.
	ResourceAttributes BeanstalkAttributes `yaml:"resource_attributes"`
}

// BeanstalkAttributes is the `resource_attributes:` block.
type BeanstalkAttributes struct {
	// aws_elastic_beanstalk.
	CloudPlatform Toggle `yaml:"cloud.platform"`
	// aws.
	CloudProvider Toggle `yaml:"cloud.provider"`
	// Name of the environment.
	DeploymentEnvironment Toggle `yaml:"deployment.environment"`
	// Number of the deployment.
	ServiceInstanceID Toggle `yaml:"service.instance.id"`
	// Label of the version.
	ServiceVersion Toggle `yaml:"service.version"`
}

func defaultBeanstalk() BeanstalkConfig {
	return BeanstalkConfig{BeanstalkAttributes{on, on, on, on, on}}
}

// beanstalkDetector reads the file that Elastic Beanstalk writes for the X-Ray daemon.
type beanstalkDetector struct {
	cfg  BeanstalkConfig
	path string
}

func (d beanstalkDetector) detect(context.Context) (*attributes, error) {
	text, err := os.ReadFile(d.path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return &attributes{}, nil
	}
	if err != nil {
		return nil, err
	}
	var about struct {
		DeploymentID    int    `json:"deployment_id"`
		EnvironmentName string `json:"environment_name"`
		VersionLabel    string `json:"version_label"`
	}
	if err := json.Unmarshal(text, &about); err != nil {
		return nil, fmt.Errorf("read %s: %w", d.path, err)
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("cloud.provider", "aws")
	out.text("cloud.platform", "aws_elastic_beanstalk")
	out.text("service.instance.id", strconv.Itoa(about.DeploymentID))
	out.text("deployment.environment", about.EnvironmentName)
	out.text("service.version", about.VersionLabel)
	return out, nil
}
