# The two commands that a newcomer needs are `make run` and `make test`.
# Every target installs what it needs itself; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/oriel-io/oriel/app.Version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4
FUZZTIME ?= 10s
export CGO_ENABLED ?= 0
# The same flags for everything that compiles, so that build, tests, lint and the
# upstream collector of the end-to-end tests share one compilation of each dependency.
export GOFLAGS := -trimpath $(filter-out -trimpath,$(GOFLAGS))

include tools.mk

.PHONY: help build web run test test-go test-web lint lint-go lint-vuln lint-web e2e e2e-ui size bench fuzz generate clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: web ## build bin/oriel with the UI inside
	go build -ldflags '$(LDFLAGS)' -o bin/oriel ./cmd/oriel

run: build ## build, start Oriel with the demo mesh, print the URL; Ctrl-C ends both
	@bin/oriel & oriel=$$!; trap 'kill $$oriel 2>/dev/null || true; wait $$oriel || true' EXIT; \
	bin/oriel demo --history 1h

# --- the web UI ---

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/scripts -type f 2>/dev/null)

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build

web: web/dist/index.html ## build the UI into web/dist

# --- checks ---

test: test-go test-web ## all tests that need no foreign program

test-go:
	go test ./...

test-web: web
	cd web && npm test && npm run size

lint: lint-go lint-vuln lint-web ## gofmt, vet, staticcheck, govulncheck, Biome, tsc

lint-go:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w $$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags e2e ./e2e/...
	go run $(STATICCHECK) ./...

# The vulnerability database is on the network; where it cannot be reached the
# check says so and passes, and any other failure counts.
lint-vuln:
	@if out=$$(go run $(GOVULNCHECK) ./... 2>&1); then echo "govulncheck: nothing found"; \
	elif grep -q 'fetching vulnerabilities' <<<"$$out"; then echo "govulncheck: not checked, the vulnerability database cannot be reached"; \
	else echo "$$out"; exit 1; fi

lint-web: web/node_modules/.installed
	cd web && npm run lint

e2e: build tools-python tools-node tools-java tools-go tools-debian ## the real binary with Envoy, OTel SDKs, an upstream collector, zipkin-server and a browser
	ORIEL_BIN=$(CURDIR)/bin/oriel ORIEL_E2E_STRICT=1 go test -tags e2e -count=1 -timeout 20m ./e2e/...

size: web ## how large bin/oriel is, and what in it is
	go build -trimpath -o .cache/oriel-symbols ./cmd/oriel
	@go run ./bench/size .cache/oriel-symbols

bench: ## Go benchmarks of the hot paths
	go test -run '^$$' -bench . -benchmem ./internal/... ./wire/... ./transport/... ./pipeline/... ./receiver/... ./processor/... ./exporter/... ./hosted/... ./store/... ./analysis/...

bench-peers: build ## forwarding, filtering and editing beside an upstream collector, which is built first (half an hour)
	bench/sidebyside/run.sh "s0 s1 s1g s1-100 s1-8000 s1-http s1-batch filter attributes s5" bin/oriel -reps 6

fuzz: ## every fuzz target for FUZZTIME (10s) each; what is found is kept in testdata/fuzz
	@found=0; while read -r line; do \
	  case "$$line" in \
	  func*) target=$${line#func }; echo "$$pkg $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x "$$pkg" || found=1 ;; \
	  ?*) pkg=./$$(dirname "$$line") ;; \
	  esac; \
	done < <(git grep -h -o --heading '^func Fuzz[A-Za-z0-9]*' -- '*_test.go'); exit $$found

generate: ## renew generated files
	go generate ./...

clean: ## remove what was built
	rm -rf bin web/dist/assets web/dist/index.html web/node_modules .cache
