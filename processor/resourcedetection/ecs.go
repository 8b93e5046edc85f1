package resourcedetection

import (
	"context"
	"fmt"
	"strings"

	"github.com/oriel-io/oriel/aws/ecsmetadata"
)

// ECSConfig is the `ecs:` block.
type ECSConfig struct {
	// Which attributes are set.
	ResourceAttributes ECSAttributes `yaml:"resource_attributes"`
}

// ECSAttributes is the `resource_attributes:` block.
type ECSAttributes struct {
	// ARN of the cluster.
	ClusterARN Toggle `yaml:"aws.ecs.cluster.arn"`
	// ec2 or fargate.
	LaunchType Toggle `yaml:"aws.ecs.launchtype"`
	// ARN of the task.
	TaskARN Toggle `yaml:"aws.ecs.task.arn"`
	// Family of the task definition.
	TaskFamily Toggle `yaml:"aws.ecs.task.family"`
	// Id of the task: the end of its ARN.
	TaskID Toggle `yaml:"aws.ecs.task.id"`
	// Revision of the task definition.
	TaskRevision Toggle `yaml:"aws.ecs.task.revision"`
	// ARNs of the log groups of the other containers of the task.
	LogGroupARNs Toggle `yaml:"aws.log.group.arns"`
	// Names of the log groups of the other containers of the task.
	LogGroupNames Toggle `yaml:"aws.log.group.names"`
	// ARNs of the log streams of the other containers of the task.
	LogStreamARNs Toggle `yaml:"aws.log.stream.arns"`
	// Names of the log streams of the other containers of the task.
	LogStreamNames Toggle `yaml:"aws.log.stream.names"`
	// Account of the task.
	CloudAccountID Toggle `yaml:"cloud.account.id"`
	// Availability zone of the task.
	CloudAvailabilityZone Toggle `yaml:"cloud.availability_zone"`
	// aws_ecs.
	CloudPlatform Toggle `yaml:"cloud.platform"`
	// aws.
	CloudProvider Toggle `yaml:"cloud.provider"`
	// Region of the task.
	CloudRegion Toggle `yaml:"cloud.region"`
}

func defaultECS() ECSConfig {
	return ECSConfig{ECSAttributes{on, on, on, on, on, on, on, on, on, on, on, on, on, on, on}}
}

// ecsDetector asks the task metadata endpoint.
type ecsDetector struct {
	cfg ECSConfig
	env func(name string) string
}

func (d ecsDetector) detect(ctx context.Context) (*attributes, error) {
	client := ecsmetadata.FromEnv(d.env)
	if client == nil {
		return &attributes{}, nil
	}
	task, err := client.Task(ctx)
	if err != nil {
		return nil, err
	}
	self, err := client.Container(ctx)
	if err != nil {
		return nil, err
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("cloud.provider", "aws")
	out.text("cloud.platform", "aws_ecs")
	out.text("aws.ecs.task.arn", task.TaskARN)
	out.text("aws.ecs.task.family", task.Family)
	out.text("aws.ecs.task.revision", task.Revision)
	region, account, id := splitTaskARN(task.TaskARN)
	known := func(key, value string) {
		if value != "" {
			out.text(key, value)
		}
	}
	known("cloud.account.id", account)
	known("cloud.region", region)
	known("aws.ecs.task.id", id)
	cluster := task.Cluster
	if !strings.Contains(cluster, ":") { // a name in place of an ARN
		cluster = fmt.Sprintf("arn:aws:ecs:%s:%s:cluster/%s", region, account, cluster)
	}
	out.text("aws.ecs.cluster.arn", cluster)
	known("cloud.availability_zone", task.AvailabilityZone)
	if launch := strings.ToLower(task.LaunchType); launch == "ec2" || launch == "fargate" {
		out.text("aws.ecs.launchtype", launch)
	}
	addLogs(out, task.Containers, self, account)
	return out, nil
}

// splitTaskARN takes arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID apart; older ARNs have no CLUSTER.
func splitTaskARN(arn string) (region, account, id string) {
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return "", "", ""
	}
	return parts[3], parts[4], parts[5][strings.LastIndexByte(parts[5], '/')+1:]
}

// addLogs says where the task logs to: the running containers but this one, which
// is taken for a sidecar.
func addLogs(out *attributes, containers []ecsmetadata.Container, self *ecsmetadata.Container, account string) {
	var groups, groupARNs, streams, streamARNs []string
	for _, c := range containers {
		logs := c.LogOptions
		if c.Type != "NORMAL" || c.KnownStatus != "RUNNING" || c.LogDriver != "awslogs" || c.DockerID == self.DockerID || logs == (ecsmetadata.LogOptions{}) {
			continue
		}
		group := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", logs.Region, account, logs.Group)
		groups, groupARNs = append(groups, logs.Group), append(groupARNs, group)
		streams, streamARNs = append(streams, logs.Stream), append(streamARNs, group+":log-stream:"+logs.Stream)
	}
	out.texts("aws.log.group.names", groups)
	out.texts("aws.log.group.arns", groupARNs)
	out.texts("aws.log.stream.names", streams)
	out.texts("aws.log.stream.arns", streamARNs)
}
