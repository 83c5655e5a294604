# Everything that CI runs is `make test`. The environment is made by whatever needs it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-pyproject
DEMO := .demo
SIZE ?= 10k
# One more than the cores of a small machine: screens wait for timers a third of their time.
WORKERS ?= 3
ARGS ?=

.PHONY: demo demo-reset run test check bench soak coverage-map locale docs clean-demo

# Without bytecode every start compiles everything again, which takes longer than the start: the
# switch against it, set on some build machines, does not count here.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

$(STAMP): pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  [ -x $(BIN)/python ] || uv venv --quiet --python ">=3.11" $(VENV); \
	  uv pip install --quiet --python $(BIN)/python -e ".[dev]"; \
	else \
	  [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"; \
	fi
	@$(BIN)/python -m compileall -q crm_tui || true
	@touch $@

demo: $(STAMP)
	@$(BIN)/python -m compileall -q crm_tui
	@$(BIN)/crm-tui demo --folder $(DEMO) $(ARGS)

demo-reset: $(STAMP) clean-demo
	@$(MAKE) --no-print-directory demo

clean-demo:
	@rm -rf $(DEMO)

run: $(STAMP)
	@$(BIN)/crm-tui $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python scripts/catalogue.py check
	$(BIN)/python scripts/reference.py check

test: check
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report= $(ARGS)
	$(BIN)/python scripts/coverage_gate.py
	$(BIN)/python -m pytest -n $(WORKERS) -m full $(ARGS) || [ $$? -eq 5 ] # 5: ARGS chose none of them

bench: $(STAMP)
	@$(BIN)/python -m bench --size $(SIZE) $(ARGS)

soak: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) -m soak --timeout 7200 $(ARGS)

coverage-map: $(STAMP)
	@rm -f .coverage-map.*
	-CRM_TUI_COVERAGE_MAP=.coverage-map $(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)
	$(BIN)/python scripts/coverage_map.py .coverage-map

locale: $(STAMP)
	$(BIN)/python scripts/catalogue.py compile
	$(BIN)/python scripts/catalogue.py check

docs: $(STAMP)
	$(BIN)/python scripts/reference.py
