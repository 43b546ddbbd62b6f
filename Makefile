# The verbs of this project. Everything stays inside this folder: .venv, dagster_home, data_lake.
PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_HOME := $(CURDIR)/dagster_home
# The `asset` commands of dagster read neither pyproject.toml nor workspace.yaml.
MODULE := DAGSTER_MODULE_NAME=pipeline.definitions

.PHONY: help setup demo test check dev sql coreml-worker

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 16

setup: $(BIN)/.installed ## the virtual environment, from requirements.lock

$(BIN)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v == (3, 11) or sys.exit(f"Python 3.11 is needed, $(PYTHON) is {v[0]}.{v[1]}; run make PYTHON=/path/to/python3.11")'
	@echo 'Making .venv and installing requirements.lock: a few minutes the first time.'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --no-compile -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # pip does it on one core, and it takes longest
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## the whole DAG for today, and what it reached; PROFILE=micro is the quickest
	$(BIN)/apprentice demo $(if $(PROFILE),--profile $(PROFILE))

test: setup ## the tests, a worker a core
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -q

check: setup ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dev: setup ## the Dagster UI on http://127.0.0.1:3000
	$(BIN)/dagster dev --host 127.0.0.1

sql: setup ## the tables of the lake; ask with: .venv/bin/apprentice sql "select ..."
	$(BIN)/apprentice sql "show tables"

coreml-worker: setup ## only the CoreML package, from the student that is in the lake
	$(MODULE) $(BIN)/dagster asset materialize --select coreml_worker
