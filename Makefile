# The only task runner. `make` alone prints what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON_BIN := .venv/bin
STACK := $(PYTHON_BIN)/python -m stack
PRODUCTS ?= 20000
CUSTOMERS ?= 2000
ORDERS ?= 50000
SEED ?= 1
MINUTES ?= 30
ENGINE ?= docker
DOCKERFILES := monolith/Dockerfile extracted/Dockerfile deploy/bank/Dockerfile deploy/tools/Dockerfile
STACK_ENV = set -a; eval "$$($(STACK) env)"; set +a;

.PHONY: help setup lock check lint types imports model test test-slow test-all test-services test-e2e conformance schemathesis chaos soak bench-gateway bench-services bench-handover compare contracts audit \
	up down status load profile demo seed rotate-key tags stage-check stage-check-all series compose-env manifests images smoke clean

help: ## Print this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## Install what is missing: Debian's servers, the virtual environment
	@deploy/setup

demo: setup ## Move all five domains out of the monolith under load; SEAM=catalog: one, step by step
	@$(PYTHON_BIN)/python -m demo $(if $(SEAM),--seam $(SEAM))

up: setup ## Start everything on this machine and show the table
	@$(STACK) up

down: ## Stop everything and leave no process behind
	@if [ -x $(PYTHON_BIN)/python ]; then for kind in dev test chaos; do $(STACK) down --profile $$kind || exit; done; fi

status: setup ## Show each process with port and state
	@$(STACK) status

seed: setup ## Fill the running monolith: PRODUCTS=, CUSTOMERS=, ORDERS=, SEED=, REPLACE=1
	@$(STACK_ENV) $(PYTHON_BIN)/python -m monolith.manage seed --products $(PRODUCTS) \
		--customers $(CUSTOMERS) --orders $(ORDERS) --seed $(SEED) $(if $(REPLACE),--replace) && \
		$(PYTHON_BIN)/python -m monolith.manage make_identities

rotate-key: setup ## A new key signs, without a request that fails; COMPROMISED=1 withdraws the old ones at once
	@$(STACK_ENV) $(PYTHON_BIN)/python -m monolith.manage rotate_key $(if $(COMPROMISED),--compromised) && \
		$(PYTHON_BIN)/python -m kong_admin keys sync

profile: setup ## Where the time of the three hottest endpoints goes, in the running shop
	@$(STACK_ENV) $(PYTHON_BIN)/python -m monolith.manage profile

load: setup ## Put load on the running system through the gateway
	@$(STACK_ENV) $(PYTHON_BIN)/python -m loadtests

check: lint types imports model test ## What a pull request must pass: all checks, and the tests that take no minutes

lint: setup ## Style and formatting; Dockerfiles and workflows too
	@$(PYTHON_BIN)/ruff check .
	@$(PYTHON_BIN)/ruff format --check .
	@$(PYTHON_BIN)/hadolint $(DOCKERFILES)
	@$(PYTHON_BIN)/zizmor --offline --quiet .github/workflows

types: setup ## Types, strictly
	@$(PYTHON_BIN)/mypy

imports: setup ## Who may import whom
	@$(PYTHON_BIN)/lint-imports

model: setup ## Search every state of the handover, and of each guard taken out; DEEP=1 for 8 minutes
	@$(PYTHON_BIN)/python -m model $(if $(DEEP),--bounds deep)

test: setup ## The tests, against servers of their own, without the slow ones
	@$(PYTHON_BIN)/python -m stack.suites

test-slow: setup ## The tests that take long: whole starts, kills, long histories
	@$(PYTHON_BIN)/python -m stack.suites --speed slow

test-all: test test-slow ## All tests

test-services: setup ## The tests of the Nameko services only, under eventlet
	@$(PYTHON_BIN)/python -m stack.suites extracted

test-e2e: setup ## The end-to-end tests only
	@$(PYTHON_BIN)/python -m stack.suites e2e

conformance: setup ## Whether a gateway is Kong: ours, or that at KONG_ADMIN_URL and KONG_PROXY_URL
	@$(PYTHON_BIN)/python -m pytest tests/gateway_config/conformance

schemathesis: setup ## Ask the running system what its description allows, and what it forbids
	@$(STACK_ENV) failed=0; for side in "$${CATALOG_URLS%%,*}" "$$MONOLITH_URL"; do \
		only=$$([ "$$side" = "$$MONOLITH_URL" ] || echo "--include-path-regex ^/api/v1/(products|categories)"); \
		PYTHONPATH=. $(PYTHON_BIN)/schemathesis --config-file tests/schemathesis/schemathesis.toml \
			run extracted/contracts/openapi.json --url "$$side" $$only || failed=1; \
	done; exit $$failed

chaos: setup ## Kill whatever has a part in a handover, at each of its steps; SAMPLE=20 SEED=1: some of them
	@$(PYTHON_BIN)/python -m chaos matrix --write $(if $(SAMPLE),--sample $(SAMPLE) --seed $(SEED))

soak: setup ## MINUTES=30 of moves and kills by chance (SEED=), and whether anything grows
	@$(PYTHON_BIN)/python -m chaos soak --minutes $(MINUTES) --seed $(SEED) --write

bench-gateway: setup ## What the embedded gateway costs, beside a bare nginx, and while it is changed
	@deploy/setup --bench
	@$(PYTHON_BIN)/python -m loadtests.gateway

bench-services: setup ## What services cost and bring, beside the monolith: PARTS="reads relay backfill checkout rpc"
	@deploy/setup --bench
	@$(PYTHON_BIN)/python -m loadtests.services $(PARTS)

bench-handover: setup ## What a handover costs who writes: PARTS="moves reconcile fence sizes", MOVES=, RATE=, EVERY=, SIZES="10000 1000000"
	@$(PYTHON_BIN)/python -m loadtests.handover $(PARTS) $(if $(MOVES),--moves $(MOVES)) \
		$(if $(RATE),--rate $(RATE)) $(if $(EVERY),--every $(EVERY)) $(foreach size,$(SIZES),--size $(size))

compare: setup ## Two systems under the same rising load, in turns: BEFORE= AFTER= tags, or monolith and cutover; FAST=1, PAGE=, DRY_RUN=1
	@$(PYTHON_BIN)/python -m loadtests.compare $(BEFORE) $(AFTER) $(if $(FAST),--fast) \
		$(if $(PAGE),--page $(PAGE)) $(if $(DRY_RUN),--dry-run)

contracts: setup ## What changed in the published language, and whom it breaks; BASE= a revision, JSON=1
	@$(PYTHON_BIN)/python -m extracted.contracts.evolution $(if $(BASE),--base $(BASE)) $(if $(JSON),--json)

audit: setup ## Known vulnerabilities in what the lock installs
	@$(PYTHON_BIN)/pip-audit --require-hashes --disable-pip -r requirements/test.txt

tags: setup ## Make the tags of the history's stages: v1/00-monolith, ...; moves none
	@$(PYTHON_BIN)/python -m stages tags

stage-check: setup ## Clone TAG= afresh and run its set-up, tests, document and demo, with times
	@$(PYTHON_BIN)/python -m stages check $(TAG)

stage-check-all: setup ## The same for every stage of the last series
	@$(PYTHON_BIN)/python -m stages check --all

series: setup ## Prepare the next series of tags from main, back and retired; DRY_RUN=1 only says what
	@$(PYTHON_BIN)/python -m stages series $(if $(DRY_RUN),--dry-run)

lock: setup ## Make requirements/*.txt anew from pyproject.toml
	@deploy/lock

compose-env: setup ## Passwords for docker-compose.yml, once, into .env; only its owner can read it
	@$(STACK) compose-env

manifests: setup ## Make deploy/kubernetes anew from docker-compose.yml
	@$(STACK) manifests

images: ## Build all images; ENGINE=docker, podman or buildah
	@deploy/images $(ENGINE) $(DOCKERFILES)

smoke: compose-env ## Start docker-compose.yml, ask the shop, read the seams, stop; deletes its volumes
	@deploy/smoke

clean: down ## Remove the virtual environment, all state and all caches
	@if [ -x $(PYTHON_BIN)/python ]; then for kind in dev test chaos; do $(STACK) reset --profile $$kind --yes || exit; done; fi
	@rm -rf .venv .run .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
