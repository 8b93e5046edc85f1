// Package ecsmetadata asks the task metadata endpoint of ECS, which each
// container finds in its environment. Begin with FromEnv.
//
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
package ecsmetadata

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of an answer and of the time for it. A task has at most 10 containers; labels make the answer long.
const (
	maxAnswer  = 1 << 20
	askTimeout = 5 * time.Second
)

// Client asks the endpoint of one container. Safe for concurrent use.
type Client struct {
	http     *http.Client
	endpoint string
}

// FromEnv makes a client of what ECS_CONTAINER_METADATA_URI_V4, or the older
// ECS_CONTAINER_METADATA_URI, says; nil outside of ECS.
func FromEnv(env func(name string) string) *Client {
	for _, name := range []string{"ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"} {
		if endpoint := strings.TrimSpace(env(name)); endpoint != "" {
			if _, err := url.ParseRequestURI(endpoint); err == nil {
				return New(endpoint)
			}
		}
	}
	return nil
}

// New makes a client of an endpoint.
func New(endpoint string) *Client {
	return &Client{
		endpoint: strings.TrimRight(endpoint, "/"),
		// No proxy: the address is link-local.
		http: &http.Client{Timeout: askTimeout, Transport: &http.Transport{MaxIdleConns: 1, IdleConnTimeout: 5 * time.Second}},
	}
}

// Task is the answer to /task, as far as it is used.
type Task struct {
	Cluster          string // its name or its ARN
	TaskARN          string
	Family, Revision string
	AvailabilityZone string
	LaunchType       string // EC2 or FARGATE; version 4 only
	Containers       []Container
}

// Container is one container of a task.
type Container struct {
	DockerID    string `json:"DockerId"`
	Name        string
	Image       string
	Type        string // NORMAL, or one that ECS adds
	KnownStatus string
	LogDriver   string // version 4 only
	LogOptions  LogOptions
}

// LogOptions are those of the awslogs driver.
type LogOptions struct {
	Group  string `json:"awslogs-group"`
	Region string `json:"awslogs-region"`
	Stream string `json:"awslogs-stream"`
}

// Task asks about the task.
func (c *Client) Task(ctx context.Context) (*Task, error) {
	task := new(Task)
	return task, c.get(ctx, "/task", task)
}

// Container asks about the container that asks.
func (c *Client) Container(ctx context.Context) (*Container, error) {
	container := new(Container)
	return container, c.get(ctx, "", container)
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the task metadata endpoint answered %s to %s", resp.Status, c.endpoint+path)
	case len(text) > maxAnswer:
		return fmt.Errorf("the answer of the task metadata endpoint is longer than %d bytes", maxAnswer)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the answer of the task metadata endpoint: %w", err)
	}
	return nil
}
