# Needs Python 3.11 or later and make; everything else goes into .venv.

VENV ?= .venv
LOWEST ?= .venv-lowest
PY = $(VENV)/bin/python
CORPORA ?= $(or $(ESCALATED_CORPORA),../shared/corpora)

.DEFAULT_GOAL := help
.PHONY: help demo test lint lint-python lint-templates lint-types lint-migrations test-lowest bench docs messages widget pictures corpora fuzz clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed-demo: pyproject.toml
	@scripts/venv $(VENV) -e ".[demo]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	@scripts/venv $(VENV) -e ".[dev]"
	@touch $@

$(LOWEST)/.installed: pyproject.toml
	@scripts/venv $(LOWEST) --resolution=lowest-direct -e ".[test]"
	@touch $@

demo: $(VENV)/.installed-demo ## Fill and start a demonstration on http://127.0.0.1:8000 (Ctrl C ends it)
	@$(PY) sandbox/manage.py demo

test: $(VENV)/.installed-dev ## Run the tests on every database, broker and browser that is found here
	@$(PY) scripts/suite.py

lint: lint-python lint-templates lint-types lint-migrations ## Check style, types, templates and migrations

lint-python: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

lint-templates: $(VENV)/.installed-dev
	git ls-files '*.html' | grep -v '^docs/' | xargs -r $(VENV)/bin/djhtml --check --tabwidth 2
	git ls-files '*.html' | grep -v '^docs/' | xargs -r $(VENV)/bin/curlylint --quiet

lint-types: $(VENV)/.installed-dev
	$(VENV)/bin/mypy

lint-migrations: $(VENV)/.installed-dev $(LOWEST)/.installed
	$(PY) -m django makemigrations --skip-checks --check --dry-run --settings tests.settings
	$(LOWEST)/bin/python -m django makemigrations --skip-checks --check --dry-run --settings tests.settings

test-lowest: $(LOWEST)/.installed ## Run the tests with the lowest versions that are promised (Wagtail 7.4, Django 5.2)
	$(LOWEST)/bin/python -m pytest -q -n 2 -m "not browser and not postgres and not redis"

bench: $(VENV)/.installed-dev ## Measure speed, queries and memory (PostgreSQL, 100,000 tickets)
	@$(PY) -m benchmarks

docs: $(VENV)/.installed-dev ## Build the documentation into build/docs; a warning is an error
	@$(PY) -m sphinx -W --keep-going -n -q -b html docs build/docs && echo "build/docs/index.html"

messages: $(VENV)/.installed-dev ## Collect the strings to translate (needs gettext)
	@mkdir -p wagtail_escalated/locale
	@cd wagtail_escalated && ../$(PY) -m django makemessages --locale en --no-obsolete --no-wrap --add-location file
	@cd wagtail_escalated && ../$(PY) -m django makemessages --locale en --no-obsolete --no-wrap --add-location file --domain djangojs

widget: $(VENV)/.installed-dev ## Make the widget's small script anew (needs Node.js)
	@$(PY) -m scripts.small_widget

pictures: $(VENV)/.installed-dev ## Make the pictures in docs/ anew from the sandbox (needs Chromium)
	@$(PY) -m scripts.pictures

corpora: $(VENV)/.installed-dev ## Measure on the public corpora (CORPORA=folder)
	@ESCALATED_CORPORA=$(CORPORA) $(PY) -m pytest -q -s -m corpora

fuzz: $(VENV)/.installed-dev ## Try the properties with many more examples
	@HYPOTHESIS_PROFILE=fuzz $(PY) -m pytest -q -m "not browser and not postgres and not redis" -k "property or properties or oracle or never or any_"
	@if $(PY) -c "import atheris" 2>/dev/null; then $(PY) scripts/fuzz_mail.py $(wildcard $(CORPORA)/mail); \
	else echo "Reading mail was not fuzzed by coverage: atheris is missing (the extra [fuzz])."; fi

clean: ## Remove what the targets made
	rm -rf build dist var .mypy_cache .ruff_cache .pytest_cache $(LOWEST)
