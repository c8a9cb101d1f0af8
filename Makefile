# Every target sets itself up in .venv/; it takes Python 3.11 or newer and the package registry that pip is set up for.
PYTHON ?= python3
ARGS ?=
# Tests run on two processors; WORKERS=0 runs them one after another.
WORKERS ?= 2
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test test-pg15 check fix bench docs live lock clean

demo: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: $(READY)
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

# The tests of rows again, on the oldest PostgreSQL that is supported.
PG15 ?= /usr/lib/postgresql/15/bin
PG15_TESTS ?= tests/gateway tests/database
test-pg15: $(READY)
	GWCTL_TEST_PG_BIN=$(PG15) $(BIN)/pytest -q -n $(WORKERS) $(PG15_TESTS) $(ARGS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

fix: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY)
	set -e; for file in benchmarks/bench_*.py; do $(BIN)/python $$file $(ARGS); done

# The pages that are made of the program.
docs: $(READY)
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/coverage.py

# Against a running gateway: docs/live.md.
live: $(READY)
	@: $${GWCTL_LIVE_URL:?is not set: docs/live.md}
	$(BIN)/pytest -m live tests/live $(ARGS)

# Needs `uv` on the PATH. Hashes of every platform; no address of an index.
lock:
	uv pip compile pyproject.toml --extra local --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" --upgrade --quiet -o requirements.lock

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gwctl needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
