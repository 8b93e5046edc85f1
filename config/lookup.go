package config

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// Lookup is where texts come from: those of ${...} and those that --config names.
type Lookup struct {
	Env  func(name string) (string, bool)
	File func(path string) ([]byte, error)
	HTTP func(uri string) ([]byte, error) // http: and https:
}

// OSLookup is the process's environment, file system and network.
func OSLookup() Lookup {
	return Lookup{Env: os.LookupEnv, File: readFile, HTTP: func(uri string) ([]byte, error) { return fetch(uri, fetchTimeout) }}
}

// retrieved is what stands for one ${...}.
type retrieved struct {
	text   string
	name   string // of the text, for positions in it; "" if it has none of its own
	origin string // the ${...}, without what could be secret in it
	failed bool
}

var (
	envName    = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	schemeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+$`)
	// sources are the schemes that upstream collectors know too.
	sources = []string{"env", "file", "yaml", "http", "https"}
	// upstreamSources are those that some builds of upstream collectors have.
	upstreamSources = []string{"aes", "s3", "secretsmanager", "googlesecretmanager"}
)

// retrieve gets the text for one ${...}, once.
func (x *expander) retrieve(n *Node, path, reference string) retrieved {
	body := reference[len("${") : len(reference)-len("}")]
	got, known := x.cache[body]
	if !known {
		got = x.read(n, path, body)
		if x.cache == nil {
			x.cache = map[string]retrieved{}
		}
		x.cache[body] = got
	}
	if x.bytes += len(got.text); x.bytes > maxExpandedBytes {
		x.exhausted(n, path)
		got.failed = true
	}
	return got
}

func (x *expander) read(n *Node, path, body string) retrieved {
	refuse := func(what, fix string) retrieved {
		x.problems = append(x.problems, n.complaint(path, what, fix))
		return retrieved{failed: true}
	}
	scheme, rest, hasScheme := strings.Cut(body, ":")
	if !hasScheme || strings.HasPrefix(rest, "-") { // ${NAME} and ${NAME:-default}
		scheme, rest = "env", body
	}
	if scheme != "env" && strings.Contains(rest, "$") {
		return refuse("a ${...} cannot have a $ in it, except in a ${...} inside", "")
	}
	switch {
	case scheme == "env":
		return x.env(n, path, rest)
	case scheme == "yaml":
		return retrieved{text: rest, origin: "${yaml:...}"}
	case scheme == "file" && x.lookup.File != nil:
		text, err := x.lookup.File(rest)
		if err != nil {
			return refuse(fmt.Sprintf("${file:%s}: %v", rest, plainError(err)), "")
		}
		return retrieved{text: strings.TrimRight(string(text), "\r\n"), name: rest, origin: "${file:" + rest + "}"}
	case (scheme == "http" || scheme == "https") && x.lookup.HTTP != nil:
		text, err := x.lookup.HTTP(body)
		if err != nil {
			return refuse(err.Error(), "")
		}
		return retrieved{text: strings.TrimRight(string(text), "\r\n"), name: publicURL(body), origin: "${" + publicURL(body) + "}"}
	}
	what := "this ${...} names no source that is known"
	for _, name := range upstreamSources {
		if scheme == name {
			what = "${" + name + ":...} is not supported"
		}
	}
	fix := "${env:NAME} or ${file:PATH}; write $$ for a dollar sign"
	if near := Nearest(scheme, sources); near != "" && schemeName.MatchString(scheme) {
		fix = "${" + near + ":...}"
	}
	return refuse(what, fix)
}

func (x *expander) env(n *Node, path, body string) retrieved {
	name, fallback, hasDefault := strings.Cut(body, ":-")
	if !envName.MatchString(name) {
		x.problems = append(x.problems, n.complaint(path, "the name of an environment variable in ${...} has only letters, digits and _", "write $$ for a dollar sign"))
		return retrieved{failed: true}
	}
	var value string
	var set bool
	if x.lookup.Env != nil {
		value, set = x.lookup.Env(name)
	}
	switch {
	case set:
		return retrieved{text: value, origin: "${env:" + name + "}"}
	case hasDefault:
		return retrieved{text: fallback, origin: "${env:" + name + ":-...}"}
	}
	x.problems = append(x.problems, n.note(path, fmt.Sprintf("the environment variable %s is not set, so this is empty", name), fmt.Sprintf("${env:%s:-default}", name)))
	return retrieved{origin: "${env:" + name + "}"}
}

// plainError leaves out the path, which stands beside it.
func plainError(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

func readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, maxBytes+1))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxBytes+1))
}

// fetchTimeout bounds a request for a configuration, body included: a process waits for it to start.
const fetchTimeout = 10 * time.Second

// fetch reads a configuration from a server. Errors do not show what an URL may hide.
func fetch(uri string, timeout time.Duration) ([]byte, error) {
	public := publicURL(uri)
	client := &http.Client{Timeout: timeout}
	defer client.CloseIdleConnections()
	reply, err := client.Get(uri)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			if u.Timeout() {
				return nil, fmt.Errorf("%s: no answer within %s", public, timeout)
			}
			err = u.Err
		}
		return nil, fmt.Errorf("%s: %w", public, err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the server answered %s", public, reply.Status)
	}
	text, err := io.ReadAll(io.LimitReader(reply.Body, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", public, err)
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: is longer than the %d bytes that a configuration may have", public, maxBytes)
	}
	return text, nil
}

// publicURL is an URL without user, password and query.
func publicURL(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		scheme, _, _ := strings.Cut(uri, ":")
		return scheme + ":..."
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", "", false
	return u.String()
}
