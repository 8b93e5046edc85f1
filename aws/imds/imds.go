// Package imds asks the instance metadata service of EC2, which answers on a
// link-local address of the instance itself. Begin with New.
//
// Version 2 is spoken: a token is fetched first and sent with each question.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
package imds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/oriel-io/oriel/internal/backoff"
)

// Options say where and how to ask.
type Options struct {
	// Endpoint is the address of the service; "" for the usual one, or what the environment says.
	Endpoint string
	// Attempts is how often a question is asked if there is no answer; 0: 3 times.
	Attempts int
	// MaxBackoff is the longest wait between attempts; 0: 20s.
	MaxBackoff time.Duration
	// Env looks variables up; nil: there are none.
	Env func(name string) string
}

// Addresses of the service.
const (
	addressIPv4 = "http://169.254.169.254"
	addressIPv6 = "http://[fd00:ec2::254]"
)

// Bounds of an answer and of the time for one attempt. The service is on the same
// machine: who does not answer within a second is not there.
const (
	maxAnswer   = 256 << 10
	dialTimeout = time.Second
	askTimeout  = 2 * time.Second
	tokenTTL    = 6 * time.Hour
)

// Client asks the service. Safe for concurrent use.
type Client struct {
	http     *http.Client
	endpoint string
	disabled bool
	attempts int
	waits    backoff.Policy

	mu      sync.Mutex // guards the rest
	token   string     // "" if the service takes questions without one
	expires time.Time
}

// New makes a client. It obeys the variables AWS_EC2_METADATA_SERVICE_ENDPOINT,
// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE and AWS_EC2_METADATA_DISABLED, as the SDKs of AWS do.
func New(o Options) *Client {
	env := o.Env
	if env == nil {
		env = func(string) string { return "" }
	}
	c := &Client{endpoint: o.Endpoint, attempts: o.Attempts, disabled: strings.EqualFold(env("AWS_EC2_METADATA_DISABLED"), "true")}
	if c.endpoint == "" {
		c.endpoint = env("AWS_EC2_METADATA_SERVICE_ENDPOINT")
	}
	if c.endpoint == "" {
		c.endpoint = addressIPv4
		if strings.EqualFold(env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6") {
			c.endpoint = addressIPv6
		}
	}
	c.endpoint = strings.TrimRight(c.endpoint, "/")
	if c.attempts <= 0 {
		c.attempts = 3
	}
	c.waits = backoff.Policy{Initial: 100 * time.Millisecond, Max: o.MaxBackoff, Multiplier: 2}
	if c.waits.Max <= 0 {
		c.waits.Max = 20 * time.Second
	}
	c.http = &http.Client{
		Timeout: askTimeout,
		// No proxy: the address means another machine to everybody else. No redirects: the service has none.
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, MaxIdleConns: 1, IdleConnTimeout: 5 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// ErrDisabled is answered if the environment says not to ask.
var ErrDisabled = errors.New("AWS_EC2_METADATA_DISABLED forbids to ask the instance metadata service")

// StatusError is an answer that is none: 404 if the instance does not have what was asked for.
type StatusError struct {
	Path string
	Code int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the instance metadata service answered %d %s to %s", e.Code, http.StatusText(e.Code), e.Path)
}

// IsNotFound says whether the service is there and does not have what was asked for.
func IsNotFound(err error) bool {
	status, ok := errors.AsType[*StatusError](err)
	return ok && status.Code == http.StatusNotFound
}

// Metadata is one item below /latest/meta-data/, for example "instance-id".
func (c *Client) Metadata(ctx context.Context, item string) (string, error) {
	text, err := c.get(ctx, "/latest/meta-data/"+item)
	return strings.TrimSpace(string(text)), err
}

// Identity is the instance identity document, as far as it is used.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
type Identity struct {
	AccountID        string `json:"accountId"`
	AvailabilityZone string `json:"availabilityZone"`
	ImageID          string `json:"imageId"`
	InstanceID       string `json:"instanceId"`
	InstanceType     string `json:"instanceType"`
	Region           string `json:"region"`
}

// Identity asks for the instance identity document.
func (c *Client) Identity(ctx context.Context) (*Identity, error) {
	text, err := c.get(ctx, "/latest/dynamic/instance-identity/document")
	if err != nil {
		return nil, err
	}
	doc := new(Identity)
	if err := json.Unmarshal(text, doc); err != nil {
		return nil, fmt.Errorf("read the instance identity document: %w", err)
	}
	return doc, nil
}

// maxTags is how many tags an instance can have, and more.
const maxTags = 100

// Tags are the instance's tags, if the instance lets them be seen (InstanceMetadataTags). Without that the
// answer is not found.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
func (c *Client) Tags(ctx context.Context) (map[string]string, error) {
	list, err := c.Metadata(ctx, "tags/instance")
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, key := range strings.Fields(list) {
		if len(tags) == maxTags {
			break
		}
		if tags[key], err = c.Metadata(ctx, "tags/instance/"+key); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// get asks until there is an answer or no hope of one.
func (c *Client) get(ctx context.Context, path string) ([]byte, error) {
	if c.disabled {
		return nil, ErrDisabled
	}
	for failed := 1; ; failed++ {
		text, err := c.ask(ctx, path)
		if status, ok := errors.AsType[*StatusError](err); ok && status.Code == http.StatusUnauthorized {
			c.forget() // the token has expired early
		} else if err == nil || ok && status.Code < 500 {
			return text, err
		}
		if failed >= c.attempts {
			return nil, err
		}
		wait := time.NewTimer(c.waits.Delay(failed, 0))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil, errors.Join(err, ctx.Err())
		case <-wait.C:
		}
	}
}

// ask asks once.
func (c *Client) ask(ctx context.Context, path string) ([]byte, error) {
	token, err := c.currentToken(ctx)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if token != "" {
		header.Set("X-Aws-Ec2-Metadata-Token", token)
	}
	return c.do(ctx, http.MethodGet, path, header)
}

// currentToken fetches a token if there is none or it is about to expire.
func (c *Client) currentToken(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Until(c.expires) > time.Minute {
		return c.token, nil
	}
	header := http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {fmt.Sprint(int(tokenTTL.Seconds()))}}
	text, err := c.do(ctx, http.MethodPut, "/latest/api/token", header)
	if status, ok := errors.AsType[*StatusError](err); ok {
		switch status.Code {
		case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed: // an older service, which wants none
			text, err = nil, nil
		}
	}
	if err != nil {
		return "", err
	}
	c.token, c.expires = strings.TrimSpace(string(text)), time.Now().Add(tokenTTL)
	return c.token, nil
}

func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expires = time.Time{}
}

func (c *Client) do(ctx context.Context, method, path string, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header = header
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, &StatusError{path, resp.StatusCode}
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("the answer of the instance metadata service to %s is longer than %d bytes", path, maxAnswer)
	}
	return text, nil
}
