# Tools of the end-to-end tests. Each target installs one kind of client below
# $(CACHE) once, does nothing when it is there already, and is done again when
# its list of versions changes. The tests look for them in the same places.

CACHE ?= .cache
PYTHON ?= python3
ZIPKIN_SERVER_VERSION ?= 3.5.1

.PHONY: tools tools-python tools-node tools-java tools-debian

tools: tools-python tools-node tools-java tools-debian ## install everything that `make e2e` uses

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

tools-java: $(CACHE)/java/zipkin-server-$(ZIPKIN_SERVER_VERSION)-exec.jar ## zipkin-server, the second opinion on Zipkin spans, in .cache/java

$(CACHE)/java/zipkin-server-$(ZIPKIN_SERVER_VERSION)-exec.jar:
	@command -v mvn >/dev/null && command -v java >/dev/null || $(call debian,mvn and java,default-jre-headless maven)
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
	  -Dartifact=io.zipkin:zipkin-server:$(ZIPKIN_SERVER_VERSION):jar:exec -DoutputDirectory=$(abspath $(CACHE)/java)

tools-debian: ## Chromium for the walk through the UI
	@[ -x /usr/bin/chromium ] || $(call debian,/usr/bin/chromium,chromium)

# debian,WHAT,PACKAGES installs Debian packages, or says who can.
debian = { \
  if ! command -v apt-get >/dev/null; then echo "$(1) is missing and there is no apt-get: install it with your package manager" >&2; exit 1; \
  elif [ "$$(id -u)" != 0 ]; then echo "$(1) is missing: run 'sudo apt-get install --no-install-recommends $(2)' and try again" >&2; exit 1; \
  else apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(2); fi; }
