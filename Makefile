# embedmark. `make demo` and `make test` work on a fresh machine; both rest on `make venv`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo demo-clip test venv check unit perf clean help
.DEFAULT_GOAL := help

help:  ## What can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

venv: $(STAMP)  ## The environment in .venv, and nothing else.

demo: venv  ## Measure four kinds of provider on real data: bench/suites/quick.yaml.
	@echo "== measuring bench/suites/quick.yaml (two to three minutes on two cores)"
	@$(BIN)/embedmark run bench/suites/quick.yaml

demo-clip: venv  ## Train a toy CLIP on drawn pictures, and measure it: bench/suites/clip.yaml.
	@echo "== training a toy CLIP, then measuring bench/suites/clip.yaml (about two minutes on one core)"
	@$(BIN)/python examples/toy_clip/train.py build/toy_clip
	@$(BIN)/embedmark run bench/suites/clip.yaml

test: venv check unit  ## Everything that CI runs: types, lint, layers, tests.

check: venv
	@echo "== types, lint, layers"
	@$(BIN)/mypy
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-logo

unit: venv
	@echo "== tests"
	@$(BIN)/python -m pytest

perf: venv  ## The harness against bare libraries, interleaved in one run.
	@$(BIN)/python -m pytest tests/perf --benchmark-only --benchmark-disable-gc -q -s

clean:  ## Remove the environment and all caches of tools; results stay.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(STAMP): pyproject.toml constraints.txt .ci/venv
	@PYTHON="$(PYTHON)" sh .ci/venv "$(VENV)"
