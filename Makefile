# make run    Pushgate with embedded engines, nothing to install or configure
# make test   all checks and tests; PROCESSES=2 is how many run tests beside each other, else one a core
# make test-cluster  tests of the storage on a Redis Cluster
# make lint   types, style, the direction of imports
# make bench  figures, as ratios to a reference
# make soak   the whole system under faults, SEEDS=200 of them; make soak-http2: the sender alone, half an hour
# make soak-cluster  the same on a cluster of three masters, SEEDS=100 of them, and a quarter as many under Sentinels
# make long-life  two years of a registry by a clock that is set: memory stays bounded, no terminal is taken for another
# make month  a month of messages by a clock that is set, and that Redis forgets all of it
# make lock   renew the lock files after a change of pyproject.toml (needs uv and npm)
# make clients  what the client libraries have in common with the API: types, the synchronous half
# make docs   the references that are made from the code
# make chart  the Helm chart's manifests that tests look at (needs helm)
# make image-test  builds the images and runs them without privileges (needs podman or docker)
# make diagrams  the pictures of the documents' diagrams (needs npm)
# make site   the documents as HTML, in both languages; an API process of this folder serves them at /guide/
# make clean  remove what make installed, and the tools' caches
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
STAMP := $(VENV)/.installed
GENERATORS := tests/clients
TYPESCRIPT := clients/typescript
NODE_TOOLS := $(TYPESCRIPT)/node_modules/.package-lock.json
# Not quiet: the lines of pip are the progress.
PIP = $(BIN)/python -m pip install --disable-pip-version-check --no-input
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock'

.PHONY: help run test test-cluster lint bench soak soak-http2 soak-cluster long-life month lock clients docs chart image-test diagrams site clean

help:
	@sed -n 's/^# make /make /p' Makefile

# The lock files name every package with its hashes; pip refuses anything else. `make run` installs what Pushgate and
# its embedded engines need; the tests' tools come on top only when they are asked for.
$(RUN): requirements-embedded.lock pyproject.toml clients/python/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Pushgate needs Python 3.11 or newer; say which one with: make PYTHON=python3.12 run" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing Pushgate into $(VENV): once, about half a minute"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r requirements-embedded.lock
	@$(PIP) --no-deps --no-build-isolation -e . -e clients/python
	@touch $@

$(STAMP): requirements.lock $(RUN)
	@echo "Installing the tools of the tests: once, about a minute"
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

run: $(RUN)
	@$(BIN)/pushgate up $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The TypeScript compiler and the generator of its types.
$(NODE_TOOLS): $(TYPESCRIPT)/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing the tools of the TypeScript client: once, a few seconds" && \
		(cd $(TYPESCRIPT) && npm ci --ignore-scripts --no-audit --no-fund) && \
		touch $@; \
	else \
		echo "npm is not installed: the TypeScript client will be neither made nor tested" >&2; \
	fi

# A generator of clients, with a lock of its own: what it needs does not bind what Pushgate needs.
$(GENERATORS)/.installed: $(GENERATORS)/requirements.lock
	@echo "Installing a generator of clients: once, about half a minute"
	@$(PYTHON) -m venv --clear $(GENERATORS)/.venv
	@$(GENERATORS)/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $(GENERATORS)/requirements.lock
	@touch $@

# The checks run beside the installation of what makes clients. Tests start hundreds of processes, which would
# compile Pushgate's modules each time if Python kept no compiled ones.
PROCESSES ?= auto
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP)
	@$(MAKE) --no-print-directory -j2 lint $(GENERATORS)/.installed $(NODE_TOOLS) docs/.venv/.installed
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 8 $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 2 --redis cluster $(ON_A_CLUSTER))

# What `make test` runs on a cluster, too; `make test-cluster` runs all tests of the storage.
ON_A_CLUSTER := $(addprefix tests/integration/,messages/test_store.py messages/test_idempotency.py bundles/test_plan.py bundles/test_put.py \
	ledger/test_laws.py ledger/test_pending.py terminals/bulk terminals/test_registry.py scheduler/test_expressions.py scheduler/test_planner.py scheduler/test_recovery.py scheduler/test_step_plans.py)
STORAGE := $(addprefix tests/integration/,messages bundles ledger terminals scheduler api)
test-cluster: $(STAMP)
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 8 --redis cluster $(or $(ARGS),$(STORAGE))

$(VENV)/.bench: $(STAMP) bench/requirements.lock
	@$(PIP) --require-hashes -r bench/requirements.lock
	@touch $@

bench: $(VENV)/.bench
	$(BIN)/python -m bench.storage
	$(BIN)/python -m bench.audience
	$(BIN)/python -m bench.experiments
	$(BIN)/python -m bench.clicks
	$(BIN)/python -m bench.best_hour
	$(BIN)/python -m bench.bundles
	$(BIN)/python -m bench.sender
	$(BIN)/python -m bench.worker
	$(BIN)/python -m bench.personal
	$(BIN)/python -m bench.personal_fill
	$(BIN)/python -m bench.events
	$(BIN)/python -m bench.urgent
	$(BIN)/python -m bench.small
	$(BIN)/python -m bench.latency
	$(BIN)/python -m bench.fleet
	$(BIN)/python -m bench.queue

# The whole system under faults that the seed decides; a failing seed is printed.
SEEDS ?= 200
soak: $(STAMP)
	$(BIN)/python -m tests.support.faults.scenario --seeds $(SEEDS)
	$(BIN)/python -m tests.support.faults.webhook_play --seeds $(SEEDS)

# Masters of a cluster are killed, frozen and lag as the seed decides; a failing seed is printed with how to repeat it.
soak-cluster: $(STAMP)
	$(BIN)/python -m tests.support.faults.server_play --seeds $(SEEDS)
	$(BIN)/python -m tests.support.faults.server_play --sentinel --seeds $$(($(SEEDS) / 4))

# Half an hour of trouble for the sender alone; prints memory at the start and at the end.
soak-http2: $(STAMP)
	$(BIN)/python -m bench.soak --seconds 1800

# Two years week by week, three minutes; ARGS="--steps 730 --days 1 --peak 20000" takes hours.
long-life: $(STAMP)
	$(BIN)/python -m tests.support.long_life $(ARGS)

# Needs libfaketime (Debian: libfaketime).
month: $(STAMP)
	$(BIN)/python -m bench.month

lock:
	uv pip compile $(LOCK) --extra embedded --extra build --extra test --extra traces pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) --constraints requirements.lock --extra embedded --extra build pyproject.toml -o requirements-embedded.lock
	uv pip compile $(LOCK) --constraints requirements.lock --extra traces pyproject.toml -o deploy/requirements.lock
	uv pip compile $(LOCK) --constraints requirements.lock --extra embedded --extra build --extra test --extra traces --extra bench pyproject.toml -o bench/requirements.lock
	uv pip compile $(LOCK) $(GENERATORS)/requirements.in -o $(GENERATORS)/requirements.lock
	cd $(TYPESCRIPT) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund
	uv pip compile $(LOCK) docs/requirements.in -o docs/requirements.lock
	cd docs/site && npm install --package-lock-only --no-audit --no-fund

# Made from the code's own OpenAPI document; no server runs.
clients: $(STAMP) $(NODE_TOOLS)
	$(BIN)/python -m clients.generator

# Made from the code; no server runs.
docs: $(RUN)
	$(BIN)/python -m docs.generator

chart: $(STAMP)
	@command -v helm >/dev/null || { echo "helm is not installed; with Go: go install helm.sh/helm/v3/cmd/helm@v3.22.0" >&2; exit 1; }
	$(BIN)/python -m tests.support.helm

image-test:
	deploy/verify-image.sh

diagrams:
	@cd docs/site && npm ci --silent --no-audit --no-fund && node render_diagrams.mjs

# The site has a lock of its own: what builds the documents is no part of what runs.
docs/.venv/.installed: docs/requirements.lock
	@echo "Installing the generator of the site: once, about ten seconds"
	@$(PYTHON) -m venv --clear docs/.venv
	@docs/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $<
	@touch $@

site: docs/.venv/.installed
	@docs/.venv/bin/python -m docs.site.build

clean:
	rm -rf $(VENV) docs/.venv docs/site/.build docs/site/node_modules src/pushgate/console/guide_pages $(GENERATORS)/.venv $(GENERATORS)/.installed $(TYPESCRIPT)/node_modules $(TYPESCRIPT)/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
