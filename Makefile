# Two commands matter: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: install demo test check fix generate bench bench-gpu

install: .venv/installed
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable '.[engine,dev]'
	@touch $@
demo: install
	$(BIN)/tunesmith models pull
	$(BIN)/tunesmith data fetch movie-reviews
	$(BIN)/tunesmith demo $(ARGS)
test: check
	$(BIN)/tunesmith models pull
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)
check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
fix: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
generate: install
	$(BIN)/python docs/generate.py
bench: install
	$(BIN)/python -m benchmarks
bench-gpu: install
	$(BIN)/python -m benchmarks.gpu $(ARGS)
