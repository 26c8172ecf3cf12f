# make fit | test | test-slow | test-release | docs | results | tables | notebooks | lint | venv | clean. Everything runs in .venv, made once with the versions of constraints.txt.
.DEFAULT_GOAL := help
.PHONY: help fit test test-slow test-release docs results tables notebooks lint venv clean
ARGS ?=
# Processes that run tests; `make test WORKERS=0` runs them in one, as a debugger needs it.
WORKERS ?= logical

VENV := .venv
PYTHON := $(VENV)/bin/python
TESTED := $(VENV)/.installed-test
LINTED := $(VENV)/.installed-dev

help:
	@echo "make fit    fit the packaged trials into runs/published (options: make fit ARGS='--preset quick --overwrite')"
	@echo "make test   run the tests (one file: make test ARGS=tests/fit/cli)"
	@echo "make test-slow   run the tests that take a minute and more"
	@echo "make test-release   run what an hour and more of tests shows before a release"
	@echo "make docs   write the documentation into docs/_build/html, with the notebooks executed"
	@echo "make results   write the pages of results (with the numbers of a run: make results ARGS='--run runs/published')"
	@echo "make notebooks   execute the notebooks into notebooks/*.ipynb (one: make notebooks ARGS=02_from_csv_to_fit)"
	@echo "make tables   write the pages of parameters and of the data dictionary from the tables"
	@echo "make lint   run ruff and mypy"
	@echo "make venv   install everything into .venv"
	@echo "make clean  remove .venv and caches; runs/ stays"

fit: $(TESTED)
	$(VENV)/bin/windup fit --out runs/published $(ARGS)

# Each process begins with its own stretch of the tests, whose programs and fixtures are alike, and takes over
# what another has left. Each takes up to 4 GB of memory for its programs, so that there are at most four.
TESTS = $(PYTHON) -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal

test: $(TESTED)
	$(TESTS) $(ARGS)

# To import all tests takes a minute of each process: without a path, only files that have such tests.
marked = $(if $(findstring tests/,$(ARGS)),,$(shell grep -rl --include='test_*.py' 'mark\.$(1)' tests))

test-slow: $(TESTED)
	$(TESTS) -m slow $(call marked,slow) $(ARGS)

test-release: $(TESTED)
	$(TESTS) -m release $(call marked,release) $(ARGS)

docs: $(TESTED)
	$(PYTHON) -m sphinx -W --keep-going -n -q -c docs -d docs/_build/doctrees . docs/_build/html $(ARGS)
	@echo "Written: docs/_build/html/index.html"

results: $(TESTED)
	$(PYTHON) docs/writers/write.py $(ARGS)

notebooks: $(TESTED)
	$(PYTHON) docs/writers/notebooks.py $(ARGS)

tables: $(TESTED)
	$(PYTHON) docs/writers/tables.py

lint: $(LINTED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	mkdir -p build/types/windup
	for package in fit models datasets; do ln -sfn ../../../$$package build/types/windup/$$package; done
	$(PYTHON) -m mypy

venv: $(TESTED)

# A Python is taken only when it runs: the shims of version managers exist without the Python behind them.
$(PYTHON):
	@for candidate in python3.13 python3.12 python3 python; do \
	  if $$candidate -c 'import sys, venv; assert sys.version_info >= (3, 12)' >/dev/null 2>&1; then \
	    echo "Making $(VENV) with $$candidate"; $$candidate -m venv $(VENV) && exit 0; \
	  fi; \
	done; \
	echo "No Python 3.12 or newer with venv was found. Install one (https://www.python.org/downloads/," \
	  "or the packages python3.12 and python3.12-venv) and run make again." >&2; \
	exit 1

$(TESTED): pyproject.toml constraints.txt | $(PYTHON)
	@echo "Installing windup and what it needs into $(VENV): about 1 GB, a few minutes without a word"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(LINTED): $(TESTED)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist docs/_build *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +
