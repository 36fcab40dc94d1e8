# Every target makes what it needs in .venv; nothing else must be installed but python3 (3.11 or newer) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 4

.DEFAULT_GOAL := help
.PHONY: help demo run test test-fast test-again check lint format bench soak lock clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## Try the bot here: a Slack and a cluster of its own, in your browser
	@$(BIN)/python -m bot demo $(if $(PORT),--port $(PORT)) $(if $(NO_BROWSER),--no-browser)

run: $(VENV)/.run ## Run the bot against your Slack workspace (see README for the two tokens)
	@$(BIN)/python -m bot run

test: $(VENV)/.dev ## Run all tests, on SQLite and PostgreSQL (browser and contract tests as far as this machine can)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

test-fast: $(VENV)/.dev ## Run the tests that take less than two minutes together
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow and not browser"

test-again: $(VENV)/.dev ## Run alone what failed in the last run, if that was a handful
	@test "$$($(BIN)/python -c 'import json; print(len(json.load(open(".pytest_cache/v/cache/lastfailed"))))')" -le 5
	$(BIN)/pytest --last-failed --last-failed-no-failures none

check: $(VENV)/.dev lint test ## Everything that CI checks: format, lint, types, imports, all tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure, each figure beside its reference in the same run
	$(BIN)/python -m benchmarks $(NAMES)

soak: $(VENV)/.dev ## Run the bot under mixed load for MINUTES (10): memory stays flat, nothing is lost or doubled
	$(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),10)

lock: $(VENV)/.dev ## Write requirements*.lock anew from pyproject.toml (needs network)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade - -o requirements-build.lock

clean: ## Remove the virtual environment and everything generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "platform-bot needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# What running needs; then what developing needs beside it.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the bot needs into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements-build.lock $(VENV)/.run
	@echo "Installing what the tests need into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock \
		-r requirements-build.lock
	@touch $@
