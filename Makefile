# Two commands for a newcomer: `make demo` and `make test`. Each does all its own set-up in .venv.
# `make compat` lets clients that are not ours judge the sandbox, each from an environment of its own.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# A folder of tests/compat each, with the requirements of its environment.
COMPAT := up42 pystac_client stac

.PHONY: demo test lint types check compat $(COMPAT:%=compat-%) bench-sandbox bench-validate goldens format clean
.DELETE_ON_ERROR:

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh manifests/quickstart/demo.sh

test: $(READY)
	$(BIN)/python -m pytest -q -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

check: lint types test compat

compat: $(COMPAT:%=compat-%)

$(COMPAT:%=compat-%): compat-%: .venv-compat/%/.ready $(READY)
	.venv-compat/$*/bin/python -m pytest -q -c tests/compat/pytest.ini --rootdir . tests/compat/$*

bench-sandbox: $(READY)
	$(BIN)/python benchmarks/sandbox_scale.py

bench-validate: $(READY)
	$(BIN)/python benchmarks/validate_scale.py

# What views draw, written anew; the diff is what has changed.
goldens: $(READY)
	$(BIN)/python -m tests.views.golden_plans

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Makes the environment whose .ready is the target, with INSTALL in it: by uv where it is installed, else by venv and pip.
define environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reconciler needs Python 3.11 or newer; set PYTHON=...")'
@if command -v uv >/dev/null 2>&1; then \
  uv venv --quiet --allow-existing --python $(PYTHON) $(@D) && uv pip install --quiet --python $(@D)/bin/python $(INSTALL); \
else \
  $(PYTHON) -m venv $(@D) && $(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(INSTALL); \
fi
@touch $@
endef

# Again whenever pyproject.toml changes.
$(READY): INSTALL = -e '.[sandbox,dev]'
$(READY): pyproject.toml
	$(environment)

# From nothing whenever its requirements change: what they no longer name has to go.
COMPAT_READY := $(COMPAT:%=.venv-compat/%/.ready)
$(COMPAT_READY): INSTALL = -r $<
$(COMPAT_READY): .venv-compat/%/.ready: tests/compat/%/requirements.txt
	@rm -rf $(@D)
	$(environment)

clean:
	rm -rf .venv .venv-compat build *.egg-info .pytest_cache .mypy_cache .ruff_cache
