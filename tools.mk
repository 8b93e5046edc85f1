# Tools of the end-to-end tests. Each target installs one kind of client below
# $(CACHE) once, does nothing when it is there already, and is done again when
# its list of versions changes. The tests look for them in the same places.

CACHE ?= .cache
PYTHON ?= python3
UPSTREAM_VERSION := v0.145.0

.PHONY: tools tools-python tools-node tools-java tools-go tools-debian

tools: tools-python tools-node tools-java tools-go tools-debian ## install everything that `make e2e` uses

tools-python: $(CACHE)/venv/.installed ## Envoy, DuckDB and the OpenTelemetry SDK of Python, in .cache/venv

$(CACHE)/venv/.installed: e2e/python/requirements.txt
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || $(call debian,the venv module of Python,python3-venv)
	$(PYTHON) -m venv $(CACHE)/venv
	$(CACHE)/venv/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

tools-node: e2e/node/node_modules/.installed ## the OpenTelemetry SDK of Node, in e2e/node/node_modules

e2e/node/node_modules/.installed: e2e/node/package.json e2e/node/package-lock.json
	cd e2e/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tools-java: $(CACHE)/java/.installed ## the OpenTelemetry agent, Brave and zipkin-server, in .cache/java

# A JDK, because the clients run from their sources.
$(CACHE)/java/.installed: e2e/java/jars.txt
	@command -v mvn >/dev/null && command -v javac >/dev/null || $(call debian,mvn and javac,default-jdk-headless maven)
	while read -r jar; do \
	  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$$jar -DoutputDirectory=$(abspath $(CACHE)/java); \
	done < $<
	@touch $@

tools-go: $(CACHE)/bin/telemetrygen-$(UPSTREAM_VERSION) $(CACHE)/bin/ec2-metadata-mock $(CACHE)/upstream/otelcol ## telemetrygen, AWS's stand-in for an instance's metadata and an upstream collector to compare with, in .cache

$(CACHE)/bin/ec2-metadata-mock:
	GOBIN=$(abspath $(CACHE)/bin) go install -trimpath github.com/aws/amazon-ec2-metadata-mock/cmd/ec2-metadata-mock@v1.13.0

$(CACHE)/bin/telemetrygen-$(UPSTREAM_VERSION):
	GOBIN=$(abspath $(CACHE)/bin) go install -trimpath github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@$(UPSTREAM_VERSION)
	mv $(CACHE)/bin/telemetrygen $@

# The builder's own `go mod tidy` may end with an error over modules that only tests need; `tidy -e` passes over those.
$(CACHE)/upstream/otelcol: e2e/upstream/manifest.yaml
	GOBIN=$(abspath $(CACHE)/bin) go install -trimpath go.opentelemetry.io/collector/cmd/builder@$(UPSTREAM_VERSION)
	rm -rf $(@D) && mkdir -p $(@D) && cp $< $(@D)/manifest.yaml
	cd $(@D) && ($(abspath $(CACHE)/bin)/builder --config manifest.yaml --skip-compilation >build.log 2>&1 || true) \
	  && cd out && go mod tidy -e >>../build.log 2>&1 && go build -trimpath -ldflags '-s -w' -o ../otelcol . || { tail -20 $(abspath $(@D))/build.log; exit 1; }

tools-debian: ## Chromium for the walk through the UI
	@[ -x /usr/bin/chromium ] || $(call debian,/usr/bin/chromium,chromium)

# debian,WHAT,PACKAGES installs Debian packages, or says who can.
debian = { \
  if ! command -v apt-get >/dev/null; then echo "$(1) is missing and there is no apt-get: install it with your package manager" >&2; exit 1; \
  elif [ "$$(id -u)" != 0 ]; then echo "$(1) is missing: run 'sudo apt-get install --no-install-recommends $(2)' and try again" >&2; exit 1; \
  else apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(2); fi; }
