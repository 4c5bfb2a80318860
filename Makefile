# Arcadia Console. `make` alone lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
FUZZTIME ?= 30s
RUNS ?=
SEED ?= 0
TESTFLAGS ?=

.PHONY: help run dev build test check generate fuzz chaos fair bench screenshots gallery clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The recipe becomes the console itself, so that Ctrl-C reaches it and nothing
# stands between.
run: ## Set up, build and serve with demo data on http://localhost:8080
	@scripts/setup run && $(GO) build -o bin/arcadia ./cmd/arcadia && exec bin/arcadia serve --demo

dev: ## The same on http://localhost:7331, reloading templates and styles as they are saved
	@scripts/setup run && exec scripts/dev

build: ## Build bin/arcadia
	@$(GO) build -o bin/arcadia ./cmd/arcadia

test: ## Set up and run every test, with the race detector
	@scripts/setup test && CGO_ENABLED=1 $(GO) test -race -timeout 15m $(TESTFLAGS) ./...

check: ## Generated files, formatting, vet, staticcheck
	@scripts/check

generate: ## Generate Go from the templates, and format
	@$(GO) tool templ generate
	@$(GO) tool gofumpt -w .

fuzz: ## Run every fuzz test for FUZZTIME each (default 30s)
	@scripts/setup test && FUZZTIME=$(FUZZTIME) scripts/fuzz

chaos: ## Kill consoles at random while they do RUNS runs (default 200); SEED repeats one
	@scripts/setup test && $(GO) test ./cmd/arcadia -run '^TestChaos$$' -count=1 -v -timeout 20m -chaos.runs=$(or $(RUNS),200) -chaos.seed=$(SEED)

fair: ## Measure RUNS good runs (default 1000) alone and behind 20 that fail on every try
	@scripts/setup test && $(GO) test ./provisioning -run '^TestRunsBehindThoseThatFail$$' -count=1 -v -timeout 60m -behind.runs=$(or $(RUNS),1000)

bench: ## Measure the console beside pgbench on the same database
	@scripts/setup run && $(GO) run ./internal/bench $(ARGS)

screenshots: ## Take the screenshots of the README and of docs
	@scripts/setup test && $(GO) run ./internal/screenshots $(ARGS)

gallery: ## Serve with the component gallery on http://localhost:8080/gallery
	@scripts/setup run && $(GO) build -o bin/arcadia ./cmd/arcadia && ARCADIA_DEV=1 exec bin/arcadia serve --demo

clean: ## Remove what was built; the data in .arcadia stays
	@rm -rf bin coverage.out
