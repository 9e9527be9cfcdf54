# Anxin. `make help` lists the targets.
SHELL := /bin/bash
BIN   := bin/anxin
TOOLS := .tools/bin
INFLUXD_VERSION  := v1.8.3
LINT_VERSION     := v2.15.0
DEBIAN_PACKAGES  := mosquitto mosquitto-clients chromium fonts-wqy-zenhei postgresql docker-compose postfix libsasl2-modules sasl2-bin python3
ASSETS_SOURCES   := $(shell find web/assets -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: build ## build everything and start the demo
	$(BIN) demo

.PHONY: build
build: web/dist/.built ## build the pages and the binary into bin/
	CGO_ENABLED=0 go build -trimpath -o $(BIN) ./cmd/anxin

web/dist/.built: $(ASSETS_SOURCES)
	cd web/assets && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	touch $@

.PHONY: test
test: setup web/dist/.built ## set up what the tests need, then run all of them
	scripts/test

.PHONY: setup
setup: ## install what the tests need: Debian packages (as root) and InfluxDB
	scripts/setup $(DEBIAN_PACKAGES)
	@test -x $(TOOLS)/influxd || $(MAKE) --no-print-directory $(TOOLS)/influxd

$(TOOLS)/influxd:
	GOBIN=$(CURDIR)/$(TOOLS) CGO_ENABLED=0 go install github.com/influxdata/influxdb/cmd/influxd@$(INFLUXD_VERSION)

$(TOOLS)/golangci-lint:
	GOBIN=$(CURDIR)/$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## check the code
	$(TOOLS)/golangci-lint run

.PHONY: fuzz
fuzz: ## run each fuzz test for a minute (FUZZTIME=10m for longer)
	scripts/fuzz $${FUZZTIME:-1m}

.PHONY: bench
bench: build $(TOOLS)/influxd ## measure throughput beside Telegraf; see docs/performance.md
	scripts/bench

.PHONY: clean
clean: ## remove what was built
	rm -rf bin web/dist/* .tools
