# Every target does its own set-up, and a second call of it costs nothing.
PORT ?= 8000
PYTEST_ARGS ?=
ARGS ?=
IN := .venv/bin
PIP := $(IN)/python -m pip -qq --disable-pip-version-check --no-input
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev chromium demo test test-slow check lock clean

help:
	@echo "make demo        the whole product with an outside world in a box, on http://localhost:$(PORT) (PORT=, FRESH=1)"
	@echo "make test        the tests (PYTEST_ARGS=); make test-slow: the long ones"
	@echo "make check       format, lint, types, floors, templates, migrations"
	@echo "make bench-night and other benches of bench/ (ARGS=)"
	@echo "make setup       .venv for the demo; make setup-dev: with what tests and checks need"
	@echo "make lock        the pinned packages again; make clean: away with everything made here"

# A Python of 3.11 to 3.14 that can make a virtual environment.
.venv/bin/python:
	@set -eu; \
	for python in python3 python3.11 python3.12 python3.13 python3.14 none; do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1 && break; \
	done; \
	if [ $$python = none ]; then echo "AlarmDesk needs Python 3.11 to 3.14; none was found." >&2; exit 1; fi; \
	if ! $$python -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null </dev/null; \
	  else \
	    echo "This Python cannot make a virtual environment: on Debian and Ubuntu, sudo apt-get install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	fi; \
	$$python -m venv .venv

# $(1) is the lock; what its stamp holds is a checksum of the lock and of pyproject.toml. The dev lock holds all of the other.
define installed
	@set -eu; \
	wanted=$$(cat $(1) pyproject.toml | cksum); \
	full=$$(cat requirements-dev.lock pyproject.toml | cksum); \
	if [ "$$wanted" = "$$(cat .venv/installed 2>/dev/null)" ] || [ "$$full" = "$$(cat .venv/installed 2>/dev/null)" ]; then exit 0; fi; \
	echo "Installing the packages of $(1) ..."; \
	$(PIP) install --require-hashes -r $(1) </dev/null; \
	$(PIP) install --no-deps --no-build-isolation -e . </dev/null; \
	echo "$$wanted" > .venv/installed
endef

setup: .venv/bin/python
	$(call installed,requirements.lock)

setup-dev: .venv/bin/python
	$(call installed,requirements-dev.lock)

chromium:
	@set -eu; \
	for name in "$${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do \
	  if command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests ..."; \
	  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	    >/dev/null 2>&1 </dev/null; then exit 0; fi; \
	fi; \
	echo "!!! NO CHROMIUM: the browser tests will be skipped. Install it (Debian: sudo apt-get install chromium) or set CHROMIUM=." >&2

demo: setup
	@exec $(IN)/python -m alarmdesk demo --port $(PORT) $(if $(FRESH),--fresh) $(ARGS)

test: setup-dev chromium
	@$(IN)/python -m pytest -q -n 2 --dist worksteal -m "not slow and not browser" $(PYTEST_ARGS)
	@$(IN)/python -m pytest -q -n 2 --dist loadfile -m "not slow and browser" $(PYTEST_ARGS) || { \
	  echo "!!! Browser tests failed. A busy machine can do that: those that failed run once more, one by one."; \
	  $(IN)/python -m pytest -q -m "not slow and browser" --last-failed --last-failed-no-failures none $(PYTEST_ARGS); }

test-slow: setup-dev chromium
	@$(IN)/python -m pytest -q -n 2 --dist worksteal -m slow $(PYTEST_ARGS)

check: setup-dev
	@$(IN)/ruff check --quiet .
	@$(IN)/ruff format --quiet --check . || { $(IN)/ruff format --check . ; exit 1; }
	@$(IN)/mypy --no-error-summary
	@$(IN)/lint-imports --no-logo 2>/dev/null || $(IN)/lint-imports
	@$(IN)/djlint src --lint --quiet
	@$(IN)/python -m alarmdesk check-migrations
	@echo "make check: everything is in order."

bench-%: setup-dev
	@$(IN)/python -m bench.$(subst -,_,$*) $(ARGS)

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv (pip install uv)." >&2; exit 1; }
	@uv pip compile pyproject.toml --quiet --extra demo --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements.lock
	@uv pip compile pyproject.toml --quiet --extra demo --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements-dev.lock

clean:
	@set -eu; for folder in var/postgres var/test-postgres; do \
	  if [ -d $$folder ] && [ -x $(IN)/python ]; then $(IN)/python -m alarmdesk.deployment.embedded $$folder; fi; \
	done
	@rm -rf .venv var build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
