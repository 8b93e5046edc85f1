package resourcedetection

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/oriel-io/oriel/aws/imds"
)

// EKSConfig is the `eks:` block.
type EKSConfig struct {
	// Which attributes are set.
	ResourceAttributes EKSAttributes `yaml:"resource_attributes"`
	// Variable with the name of the node, from the downward API (spec.nodeName). With it the node's object is asked where the
	// pod cannot reach the instance metadata service.
	NodeFromEnvVar string `yaml:"node_from_env_var"`
}

// EKSAttributes is the `resource_attributes:` block.
type EKSAttributes struct {
	// Account of the node. Needs the instance metadata service.
	CloudAccountID Toggle `yaml:"cloud.account.id"`
	// Availability zone of the node.
	CloudAvailabilityZone Toggle `yaml:"cloud.availability_zone"`
	// aws_eks.
	CloudPlatform Toggle `yaml:"cloud.platform"`
	// aws.
	CloudProvider Toggle `yaml:"cloud.provider"`
	// Region of the node.
	CloudRegion Toggle `yaml:"cloud.region"`
	// Id of the node's instance.
	HostID Toggle `yaml:"host.id"`
	// Id of the node's machine image.
	HostImageID Toggle `yaml:"host.image.id"`
	// Name of the node's host.
	HostName Toggle `yaml:"host.name"`
	// Type of the node's instance.
	HostType Toggle `yaml:"host.type"`
	// Name of the cluster, from a tag of the instance (aws:eks:cluster-name or eks:cluster-name), which the metadata service must be allowed to show.
	ClusterName Toggle `yaml:"k8s.cluster.name"`
}

func defaultEKS() EKSConfig {
	return EKSConfig{ResourceAttributes: EKSAttributes{CloudPlatform: on, CloudProvider: on}}
}

// eksDetector asks the cluster whether it is one of EKS, and then the instance
// metadata service, or the cluster, about the node.
type eksDetector struct {
	cfg EKSConfig
	surroundings
	imds *imds.Client
}

func newEKS(cfg EKSConfig, around surroundings) eksDetector {
	return eksDetector{cfg, around, imds.New(imds.Options{Attempts: 1, Env: around.env})}
}

func (d eksDetector) detect(ctx context.Context) (*attributes, error) {
	if d.env("KUBERNETES_SERVICE_HOST") == "" {
		return &attributes{}, nil
	}
	cluster, err := d.cluster()
	if err != nil {
		return nil, err
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := cluster.get(ctx, "/version", &version); err != nil {
		return nil, err
	}
	if !strings.Contains(version.GitVersion, "-eks-") { // v1.31.2-eks-7f9249a
		return &attributes{}, nil
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("cloud.provider", "aws")
	out.text("cloud.platform", "aws_eks")
	if !out.asksMore() {
		return out, nil
	}
	if about, err := d.imds.Identity(ctx); err == nil {
		err = d.fromInstance(ctx, about, out)
		return out, err
	}
	return out, d.fromNode(ctx, cluster, out)
}

// asksMore says whether anything is enabled that the cluster's version does not tell.
func (a *attributes) asksMore() bool {
	for key, enabled := range a.enabled {
		if enabled && key != "cloud.provider" && key != "cloud.platform" {
			return true
		}
	}
	return false
}

func (d eksDetector) fromInstance(ctx context.Context, about *imds.Identity, out *attributes) error {
	name, err := d.imds.Metadata(ctx, "hostname")
	if err != nil {
		return &partialError{err}
	}
	out.instance(about, name)
	if !out.wants("k8s.cluster.name") {
		return nil
	}
	tags, err := d.imds.Tags(ctx)
	if err != nil {
		return &partialError{fmt.Errorf("the name of the cluster is a tag of the instance: %w", err)}
	}
	for _, key := range []string{"aws:eks:cluster-name", "eks:cluster-name"} {
		if tags[key] != "" {
			out.text("k8s.cluster.name", tags[key])
			return nil
		}
	}
	return &partialError{errors.New("no tag of the instance has the name of the cluster")}
}

// node is a Node of Kubernetes, as far as it is used.
type node struct {
	Metadata struct{ Labels map[string]string }
	Spec     struct {
		ProviderID string `json:"providerID"` // aws:///us-west-2a/i-049ca2df511bec762
	}
	Status struct {
		Addresses []struct{ Type, Address string }
	}
}

func (d eksDetector) fromNode(ctx context.Context, cluster *cluster, out *attributes) error {
	name := d.env(d.cfg.NodeFromEnvVar)
	if d.cfg.NodeFromEnvVar == "" || name == "" {
		return &partialError{errors.New("neither the instance metadata service can be reached nor does node_from_env_var name the node")}
	}
	var n node
	if err := cluster.get(ctx, "/api/v1/nodes/"+url.PathEscape(name), &n); err != nil {
		return &partialError{err}
	}
	parts := strings.Split(n.Spec.ProviderID, "/")
	if len(parts) < 5 || parts[0] != "aws:" || parts[3] == "" || parts[4] == "" {
		return &partialError{fmt.Errorf("the node's providerID %q is not one of AWS", n.Spec.ProviderID)}
	}
	zone := parts[3]
	known := func(key, value string) {
		if value != "" {
			out.text(key, value)
		}
	}
	out.text("host.id", parts[4])
	out.text("cloud.availability_zone", zone)
	out.text("cloud.region", zone[:len(zone)-1])
	known("host.type", n.Metadata.Labels["node.kubernetes.io/instance-type"])
	known("host.image.id", n.Metadata.Labels["eks.amazonaws.com/nodegroup-image"])
	known("k8s.cluster.name", n.Metadata.Labels["alpha.eksctl.io/cluster-name"])
	for _, address := range n.Status.Addresses {
		if address.Type == "InternalDNS" {
			out.text("host.name", address.Address)
			break
		}
	}
	return nil
}

// cluster is the API server, asked with the pod's service account.
//
// Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
type cluster struct {
	client *http.Client
	base   string
	token  string
}

// Bounds of an answer of the cluster and of the time for it.
const (
	maxClusterAnswer = 4 << 20
	clusterTimeout   = 5 * time.Second
)

func (d eksDetector) cluster() (*cluster, error) {
	token, err := os.ReadFile(filepath.Join(d.serviceAccount, "token"))
	if err != nil {
		return nil, fmt.Errorf("the pod's service account: %w", err)
	}
	authority, err := os.ReadFile(filepath.Join(d.serviceAccount, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("the pod's service account: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &cluster{
		client: &http.Client{Timeout: clusterTimeout, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConns: 1, IdleConnTimeout: 5 * time.Second,
		}},
		base:  "https://" + net.JoinHostPort(d.env("KUBERNETES_SERVICE_HOST"), d.env("KUBERNETES_SERVICE_PORT")),
		token: strings.TrimSpace(string(token)),
	}, nil
}

func (c *cluster) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the cluster: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxClusterAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the cluster answered %s to %s", resp.Status, path)
	}
	return json.Unmarshal(text, into)
}
