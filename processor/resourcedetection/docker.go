package resourcedetection

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// DockerConfig is the `docker:` block.
type DockerConfig struct {
	// Which attributes are set.
	ResourceAttributes DockerAttributes `yaml:"resource_attributes"`
}

// DockerAttributes is the `resource_attributes:` block.
type DockerAttributes struct {
	// Image of the container that the process runs in.
	ContainerImageName Toggle `yaml:"container.image.name"`
	// Name of the container that the process runs in.
	ContainerName Toggle `yaml:"container.name"`
	// Name of the daemon's host.
	HostName Toggle `yaml:"host.name"`
	// Operating system of the daemon's host.
	OSType Toggle `yaml:"os.type"`
}

func defaultDocker() DockerConfig {
	return DockerConfig{DockerAttributes{HostName: on, OSType: on}}
}

// dockerDetector asks the Docker daemon, which must be mounted into a container: /var/run/docker.sock, or
// what DOCKER_HOST says (unix:// or tcp:// without TLS).
//
// Source: https://docs.docker.com/reference/api/engine/version/v1.44/#tag/System/operation/SystemInfo
type dockerDetector struct {
	cfg     DockerConfig
	client  *http.Client
	base    string
	problem error // of DOCKER_HOST
}

// Bounds of an answer of the daemon and of the time for it.
const (
	maxDockerAnswer = 4 << 20
	dockerTimeout   = 5 * time.Second
)

func newDocker(cfg DockerConfig, env func(name string) string) dockerDetector {
	d := dockerDetector{cfg: cfg, base: "http://docker"}
	network, address := "unix", "/var/run/docker.sock"
	if daemon := env("DOCKER_HOST"); daemon != "" {
		u, err := url.Parse(daemon)
		switch {
		case err == nil && u.Scheme == "unix":
			address = u.Path
		case err == nil && (u.Scheme == "tcp" || u.Scheme == "http"):
			network, address = "tcp", u.Host
		default:
			d.problem = fmt.Errorf("DOCKER_HOST is %q; only unix:// and tcp:// are supported", daemon)
		}
	}
	d.client = &http.Client{Timeout: dockerTimeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		MaxIdleConns: 1, IdleConnTimeout: 5 * time.Second,
	}}
	return d
}

func (d dockerDetector) detect(ctx context.Context) (*attributes, error) {
	if d.problem != nil {
		return nil, d.problem
	}
	var daemon struct{ Name, OSType string }
	if err := d.get(ctx, "itself", "/info", &daemon); err != nil {
		return nil, err
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("host.name", daemon.Name)
	out.text("os.type", osType(daemon.OSType))
	if !out.wants("container.name") && !out.wants("container.image.name") {
		return out, nil
	}
	id, err := os.Hostname() // Docker gives a container its id as its name
	if err != nil {
		return out, &partialError{err}
	}
	var container struct {
		Name   string // "/name"
		Config struct{ Image string }
	}
	if err := d.get(ctx, "the container that this is", "/containers/"+url.PathEscape(id)+"/json", &container); err != nil {
		return out, &partialError{err}
	}
	out.text("container.name", strings.TrimPrefix(container.Name, "/"))
	out.text("container.image.name", container.Config.Image)
	return out, nil
}

// get asks for what is at a path; about says in words what that is.
func (d dockerDetector) get(ctx context.Context, about, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, nil)
	if err != nil {
		return err
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the Docker daemon: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDockerAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the Docker daemon answered %s when asked about %s: %.200s", resp.Status, about, strings.TrimSpace(string(text)))
	}
	return json.Unmarshal(text, into)
}
