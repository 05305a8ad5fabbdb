# Every task in one word. Only Python 3.11+ and Node 20+ have to be there; all else goes into this folder.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
# The first Python on the path that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

VENV := .venv
IN_VENV := $(VENV)/bin/python
PIP := $(IN_VENV) -m pip --disable-pip-version-check install --quiet --root-user-action=ignore
ENGAGE := $(IN_VENV) -m engage.cli

# Stamps: a step runs again only when what it was made from has changed.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
PACKAGES := node_modules/.package-lock.json
ASSETS := engage/web/static/dist/manifest.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
OWN_ASSETS := $(shell find engage/web/static -type f -not -path '*/dist/*' 2>/dev/null)

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  %-12s %s\n' "$$name" "$$what"; done

.PHONY: run
run: setup ## Start everything on http://127.0.0.1:8000 (PORT= changes it, ARGS= is handed on); Ctrl-C stops it
	@exec env ENGAGE_DEVELOPMENT="$${ENGAGE_DEVELOPMENT-1}" $(ENGAGE) run --port $(PORT) $(ARGS)

.PHONY: setup
setup: $(INSTALLED) $(ASSETS) $(CATALOGUES) ## Install what the service needs, build the pages' files, compile translations

.PHONY: test
test: setup $(INSTALLED_DEV) ## Run every test (ARGS= is handed on: make test ARGS='-k calendar')
	@PYTHONDONTWRITEBYTECODE= $(IN_VENV) -m pytest -q -n auto --dist worksteal $(ARGS)

.PHONY: test-nightly
test-nightly: setup $(INSTALLED_DEV) ## Look for what a few examples do not meet: lives of a date, workers and a bot that die (an hour)
	@$(IN_VENV) -m pytest -q --hypothesis-profile=nightly tests/registrations/test_lifecycle.py tests/outbox/test_killed.py \
		tests/web/test_listing.py::test_no_query_string_breaks_a_page \
		tests/dialog/test_talk.py::test_nothing_that_can_be_said_breaks_the_talk $(ARGS)
	@TELEGRAM_ROUNDS=20 $(IN_VENV) -m pytest -q -k killed tests/telegram/test_processes.py

.PHONY: check
check: setup $(INSTALLED_DEV) ## Style, types, import floors, complete translations, migrations that match the models
	@$(IN_VENV) -m ruff check .
	@$(IN_VENV) -m ruff format --check .
	@$(IN_VENV) -m mypy --strict engage bots
	@$(VENV)/bin/lint-imports
	@$(IN_VENV) -m engage.base.catalogues check
	@$(ENGAGE) migrations check

.PHONY: messages
messages: $(INSTALLED_DEV) ## Bring the translations' files up to the sentences in the code
	@$(IN_VENV) -m engage.base.catalogues update

.PHONY: bench
bench: setup $(INSTALLED_DEV) ## Measure speed and memory against their budgets
	@$(IN_VENV) -m benchmarks $(ARGS)

.PHONY: clean
clean: ## Remove what was installed and built; the database in var/ stays
	rm -rf $(VENV) node_modules engage/web/static/dist build *.egg-info .mypy_cache .ruff_cache .pytest_cache
	rm -rf .hypothesis .import_linter_cache .coverage htmlcov $(CATALOGUES)
	find engage bots tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(IN_VENV):
	@test -n "$(PYTHON)" || { echo "Engage needs Python 3.11 or newer, and there is none on the path."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(INSTALLED): requirements.txt pyproject.toml | $(IN_VENV)
	@echo "Installing the Python packages (about a minute the first time) ..."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing the packages for tests and checks ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(PACKAGES): package.json package-lock.json .npmrc
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "Engage needs Node 20 or newer to install the design system's files."; exit 1; }
	@echo "Installing the design system's files ..."
	@npm ci --loglevel=error
	@touch $@

$(ASSETS): $(INSTALLED) $(PACKAGES) engage/web/assets.py $(OWN_ASSETS)
	@$(IN_VENV) -W ignore::RuntimeWarning -m engage.web.assets
	@touch $@

%.mo: %.po $(INSTALLED)
	@$(IN_VENV) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@
