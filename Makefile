# make demo | test | test-slow | test-all | lab | quarto | lint | bench | docs | clean
# Needs Python 3.11 or newer and make; everything else comes from requirements.lock into .venv.

SHELL = /bin/sh
# Without byte code every start of Great Expectations takes 12 s instead of 3.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] < (3,15))' \
	2>/dev/null && echo $$p && break; done)
BIN = .venv/bin
DEMO_DATA = data/demo
DEMO_OUT = out/demo
ROUND = 2022E

.PHONY: demo install test test-slow test-all lab quarto lint format clean-notebooks bench docs lock clean

demo: install
	$(BIN)/python -m nco demo --real --data $(DEMO_DATA)
	$(BIN)/python -m nco release $(ROUND) --data $(DEMO_DATA) --out $(DEMO_OUT)

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found on the PATH."; exit 2; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; \
	 echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"; exit 2; }
	@echo "Installing the locked packages into .venv (a few minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src || true
	@$(BIN)/python -m nco.render.stage_style reports/quarto
	@touch $@

test: install
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow and not big"

test-slow: install
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "slow and not big"

test-all: install
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

# Its kernel (notebooks/kernels) loads changed modules anew; blocks are shown in the house style as it is now.
lab: install $(DEMO_DATA)/$(ROUND)/report.parquet
	@$(BIN)/python -m nco.render.stage_style reports/quarto
	JUPYTER_PATH="$(CURDIR)/notebooks$${JUPYTER_PATH:+:$$JUPYTER_PATH}" $(BIN)/python -m jupyterlab --notebook-dir=. --LabApp.news_url=None \
	 --LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate \
	 notebooks/landelijk.ipynb

$(DEMO_DATA)/$(ROUND)/report.parquet:
	$(BIN)/python -m nco demo --real --data $(DEMO_DATA)
	$(BIN)/python -m nco validate $(ROUND) --data $(DEMO_DATA)
	$(BIN)/python -m nco analyse $(ROUND) --data $(DEMO_DATA)

# Quarto from PyPI into .venv: its package downloads the program (130 MB) when it is installed.
quarto: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	 -r requirements.lock -r requirements-quarto.lock || { echo "make quarto: not installed. The package quarto-cli \
	downloads Quarto from github.com; where that cannot be reached, put Quarto on the PATH in another way." >&2; exit 1; }
	$(BIN)/quarto --version

lint: install
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m nco.notebooks.tidy check
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m mypy | $(BIN)/python -m mypy_baseline filter --hide-stats

format: install
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

clean-notebooks: install
	$(BIN)/python -m nco.notebooks.tidy clean

# One thread a process, as in `nco`: two threads gain nothing and wait for each other on a busy machine.
bench: install
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m benchmarks

docs: install
	$(BIN)/python -c "from nco.disclosure import all_tables; print(all_tables.data_dictionary())" > docs/data-dictionary.md
	$(BIN)/python -c "from nco.deliveries.readers import results_suite; print(results_suite.text(), end='')" \
	 > expectations/results.json

# Resolves every dependency anew; needs uv (https://docs.astral.sh/uv/). The lock of Quarto has only what it adds.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header
lock:
	$(COMPILE) --extra demo --extra lab --extra dask --extra dev -o requirements.lock
	$(COMPILE) --extra quarto --constraint requirements.lock --no-annotate -o requirements-quarto.lock \
	 $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock)

clean:
	rm -rf .venv data/demo out/demo dist .pytest_cache .ruff_cache .hypothesis reports/quarto/_extensions/nco/fonts \
	 reports/quarto/_output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
