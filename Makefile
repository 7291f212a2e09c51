# "make help" lists the targets. Needs Python 3.10-3.13 with venv, and git; everything else is installed below .venv, pinned.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first that works: a name on the path may be a shim without a Python behind it.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.10 python3,$(shell $(name) -c 'import sys; assert (3, 10) <= sys.version_info < (3, 14)' 2>/dev/null && echo $(name))))
PLONE ?= 6.2
PORT ?= 8080
VENV ?= .venv
ARGS ?=
# one process a core: the browser of each is busy as well, and each sets up its own site
PROCESSES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

BIN := $(VENV)/bin
PY := $(BIN)/python
UV := $(BIN)/uv
READY := $(VENV)/.ready
NODE_READY := node_modules/.ready
# the shell without a window does the same in two thirds of the time
CHROMIUM ?= $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
TYPED := $(addprefix src/collective/smsauth/,domain storage verification delivery)
PY_MINOR = $(shell $(PYTHON) -c 'import sys; print(sys.version_info[1])')
CONSTRAINTS = constraints/plone-$(PLONE)$(if $(filter 6.2-10,$(PLONE)-$(PY_MINOR)),-py310).txt

export SMSAUTH_NODE_MODULES ?= $(CURDIR)/node_modules
ifneq ($(CHROMIUM),)
export SMSAUTH_CHROMIUM ?= $(CHROMIUM)
endif
# a module of Plone's is compiled once, not by each process anew
unexport PYTHONDONTWRITEBYTECODE
# buildout builds the package itself: with the tools of the environment, not with ones fetched for the purpose
export PIP_NO_BUILD_ISOLATION := 0

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-13s %s\n", $$1, $$2}'

# --- environment

$(UV):
	@test -n "$(PYTHON)" || { echo "No Python 3.10-3.13 found: install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot create environments: on Debian, apt-get install python3-venv"; exit 1; }
	$(PY) -m pip --disable-pip-version-check --quiet install -c $(CONSTRAINTS) uv

$(READY): setup.py constraints/environment.in $(wildcard constraints/plone-*.txt) | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(PY) -c $(CONSTRAINTS) --build-constraint $(CONSTRAINTS) -r constraints/environment.in -e '.[test]'
	@touch $@

$(NODE_READY): package.json package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --no-audit --no-fund && touch $@; \
	else echo "npm is not there: the tests with axe-core and Prism will be skipped (on Debian: apt-get install npm)"; fi

.PHONY: environment
environment: $(READY) ## create the environment in .venv

.PHONY: chromium
chromium:
	@if test -z "$(CHROMIUM)"; then \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell fonts-liberation >/dev/null \
				|| DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-liberation >/dev/null; \
		else \
			echo "No Chromium found: the browser tests need one (on Debian: apt-get install chromium), or name it: make CHROMIUM=/path/to/chromium"; \
		fi; \
	fi

.PHONY: redis
redis:
	@if ! command -v redis-server >/dev/null; then \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null; \
		else \
			echo "redis-server is not there: the tests with Redis will be skipped (on Debian: apt-get install redis-server)"; \
		fi; \
	fi

# --- site

.PHONY: FORCE
$(VENV)/.port: FORCE | $(UV)
	@echo $(PORT) | cmp -s - $@ || echo $(PORT) > $@

bin/instance: buildout.cfg versions.cfg $(READY) $(VENV)/.port
	$(BIN)/buildout -q instance:http-address=localhost:$(PORT)
	@touch $@

var/.demo-site: | bin/instance
	@mkdir -p var/filestorage var/blobstorage var/log var/instance
	bin/instance run tools/demo_site.py
	@touch $@

.PHONY: start
start: bin/instance var/.demo-site ## serve the demo site on http://localhost:8080 (PORT= changes it)
	@$(PY) -m tools.demo $(PORT)
	@exec bin/instance console

# --- tests

.PHONY: test
test: $(READY) $(NODE_READY) chromium redis ## run all tests, those in the browser included (ARGS="-k word" chooses some)
	$(PY) -m pytest -n $(PROCESSES) $(ARGS)

.PHONY: test-unit
test-unit: $(READY) ## run the tests that need no Plone site
	$(PY) -m pytest -n $(PROCESSES) -m "not site" $(ARGS)

.PHONY: test-plain
test-plain: $(READY) redis ## run the tests that need no browser
	$(PY) -m pytest -n $(PROCESSES) -m "not browser" $(ARGS)

.PHONY: coverage
coverage: $(READY) $(NODE_READY) chromium redis ## measure branch coverage; fails below the figure in pyproject.toml
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -n $(PROCESSES) $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage html --quiet
	$(PY) -m coverage report

.PHONY: matrix
matrix: ## run the tests with other versions of Plone and Python
	PIP_NO_BUILD_ISOLATION= $(or $(PYTHON),python3) -m tools.matrix

.PHONY: fuzz
fuzz: $(READY) ## send bent requests to every view and service (REQUESTS=3000 SEED=1; ONLY= one case again)
	$(PY) -m tools.fuzz $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: api-test
api-test: $(READY) ## ask the REST services what schemathesis makes of docs/openapi.yaml (CASES=100000 SEED=1)
	$(if $(CASES),SMSAUTH_API_CASES=$(CASES)) $(if $(SEED),SMSAUTH_API_SEED=$(SEED)) $(PY) -m pytest -n $(PROCESSES) \
		src/collective/smsauth/tests/services/test_schemathesis.py $(ARGS)

.PHONY: mutants
mutants: $(READY) ## put mistakes into the rules and see whether a test notices (MINUTES=30 SEED=1; ONLY= all of one FILE:LINE)
	$(PY) -m tools.mutants $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: bench
bench: $(READY) ## measure what the add-on costs, and write the table into docs/
	$(PY) -m tools.bench

.PHONY: cluster-test
cluster-test: $(READY) redis ## try two instances on ZEO and Redis while parts of them fail (SIGN_INS=300 SEED=1; ARGS=--calm: nothing fails)
	$(PY) -m tools.cluster $(if $(SIGN_INS),--sign-ins $(SIGN_INS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: screenshots
screenshots: $(READY) chromium ## take the pictures of the documentation, into docs/_static
	$(PY) -m tools.screenshots $(ARGS)

# --- checks

.PHONY: lint
lint: $(READY) ## check style, types, layers, templates and catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zpretty --check src
	$(BIN)/lint-imports
	$(BIN)/mypy $(TYPED) tools
	$(PY) -m tools.catalogues --check

.PHONY: format
format: $(READY) ## bring code, templates and ZCML into shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/zpretty --inplace src

.PHONY: i18n
i18n: $(READY) ## bring the catalogues up to date with the code
	$(PY) -m tools.catalogues

.PHONY: i18n-check
i18n-check: $(READY) ## check that the catalogues are up to date and complete
	$(PY) -m tools.catalogues --check

# --- documentation and distribution

$(VENV)-docs/.ready: constraints/docs.in constraints/docs.txt | $(UV)
	$(UV) venv --quiet --clear --python $(PY) $(VENV)-docs
	$(UV) pip install --quiet --python $(VENV)-docs/bin/python -c constraints/docs.txt -r constraints/docs.in
	@touch $@

.PHONY: docs
docs: $(VENV)-docs/.ready ## build the documentation into docs/_build/html; warnings are errors
	$(VENV)-docs/bin/sphinx-build -E -W --keep-going -q -b html docs docs/_build/html

.PHONY: dist
dist: $(READY) ## build sdist and wheel into dist/ and check what is inside
	rm -rf dist build
	@mkdir -p var
	@$(PY) -m build --no-isolation --outdir dist . >var/build.log 2>&1 || { cat var/build.log; exit 1; }
	$(PY) -m tools.check_dist dist $(CONSTRAINTS)

.PHONY: pins
pins: $(READY) ## complete constraints/*.txt and write versions.cfg
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) -m tools.pins

.PHONY: clean
clean: ## remove everything that can be made again; the demo site's data in var/ stays
	rm -rf $(VENV) $(VENV)-docs .matrix bin parts develop-eggs .installed.cfg dist build docs/_build node_modules htmlcov .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis src/*.egg-info
	find src tools -name __pycache__ -type d -prune -exec rm -rf {} +
