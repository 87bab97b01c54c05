# Every verb sets up what it needs by itself: `make demo` and `make test` work on a fresh machine.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt slow perf docs serve clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(READY): pyproject.toml constraints.txt tools/system-parts
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]' --group dev
	@touch $(READY)

.PHONY: parts
parts: $(READY)
	@sh tools/system-parts

demo: $(READY)  ## the main job, on recorded answers and then live
	$(BIN)/steelyard demo

test: parts  ## all fast tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow and not peers" tests

check: $(READY)  ## formatting, lint, types, import directions, fresh pages
	$(BIN)/ruff format --check src tests tools
	$(BIN)/ruff check src tests tools
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/docs.py --check

fmt:  $(READY)  ## format the code and mend what can be mended
	$(BIN)/ruff format src tests tools
	$(BIN)/ruff check --fix src tests tools

slow: parts  ## simulations of every promise, long fault runs, the real tools of other projects
	$(BIN)/python -m pytest -m "slow or peers" -s tests

perf: $(READY)  ## speed and memory, as ratios measured in one run
	$(BIN)/python tools/perf.py

docs: $(READY)  ## write the generated pages
	$(BIN)/python tools/docs.py

serve: $(READY)  ## open the web application on the demo's data
	$(BIN)/steelyard demo --no-live --folder .steelyard/demo
	$(BIN)/steelyard serve --project .steelyard/demo

clean:  ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
