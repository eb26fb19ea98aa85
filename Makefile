# sm-template: `make demo` shows it at work, `make test` tests it. No environment needs activating.

.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
DEMO := build/demo
# More words for tox: make test ARGS="-e lint"
ARGS ?=

# This repository's own Python if it is there, else the first one that runs and is recent enough.
PYTHONS = $(or $(PYTHON),$(BIN)/python python3.11 python3 python3.13 python3.12)
FIT = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

unexport PYTHONDONTWRITEBYTECODE
# tox uses the Pythons that are there and skips the others.
export UV_PYTHON_DOWNLOADS := never

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F@ '{ printf "%-20s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(STAMP) ## Generate a project with default answers into build/demo/ and run its training pipeline
	@mkdir -p $(DEMO)
	@PATH="$(abspath $(BIN)):$$PATH"; export PATH; unset VIRTUAL_ENV; \
	$(BIN)/cookiecutter . --no-input --default-config --overwrite-if-exists --output-dir $(DEMO) >/dev/null && \
	$(MAKE) --no-print-directory -C $(DEMO)/flight-delay run
	@printf '%s\n' '' 'The project is in $(DEMO)/flight-delay: go there first. `make help` says what else there is.'

.PHONY: test
test: $(STAMP) ## Run every test, through tox
	@PATH="$(abspath $(BIN)):$$PATH"; export PATH; $(BIN)/tox run $(ARGS)

.PHONY: pins
pins: $(STAMP) ## Raise every pin to the newest version allowed
	@PATH="$(abspath $(BIN)):$$PATH"; export PATH; $(BIN)/python scripts/pin.py --upgrade

.PHONY: clean
clean: ## Remove the demo and every environment
	rm -rf build $(VENV) .tox

$(STAMP): requirements/tools.txt
	@for python in $(PYTHONS); do "$$python" -c '$(FIT)' 2>/dev/null && break; python=; done; \
	test -n "$$python" || { echo "error: no Python 3.11 to 3.14 found: install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }; \
	uv=uv; uv --version >/dev/null 2>&1 || uv=; \
	if test "$$python" != $(BIN)/python; then \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  if test -n "$$uv"; then uv venv --quiet --clear --python "$$python" $(VENV); \
	  else "$$python" -m venv --clear $(VENV); fi || exit 1; \
	fi; \
	if test -n "$$uv"; then uv pip install --quiet --python $(BIN)/python -r requirements/tools.txt; \
	else $(BIN)/python -m pip install --quiet -r requirements/tools.txt; fi
	@touch $@
