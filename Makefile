# Every target makes the environment that it needs; a second run needs no network.
# PYTHON= names another interpreter, PORT= the first port to try.

PORT ?= 8000
BIN := .venv/bin
# Material for MkDocs announces its end of life on every run; readers of our output know.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help serve site test test-long bench lint format docs dist clean runtime-env test-env

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: runtime-env ## Serve the example site with live reload
	@port=$$($(BIN)/python tools/free_port.py $(PORT)) && exec $(BIN)/mkdocs serve --dev-addr 127.0.0.1:$$port

site: runtime-env ## Build the example site into site/, and prove what it holds
	@$(BIN)/mkdocs build --strict
	@$(BIN)/postmortem verify site

test: test-env lint ## Check and run every test
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-long: test-env ## Run the tests with their full counts
	@POSTMORTEM_TEST_LONG=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal

bench: runtime-env ## Measure speed against other engines: N="300 1000" RUNS=5 ONLY=serve PEERS=plain WRITE=1
	@$(BIN)/python -m benchmarks $(if $(N),--counts "$(N)") $(if $(RUNS),--runs $(RUNS)) \
		$(if $(ONLY),--only "$(ONLY)") $(if $(PEERS),--peers "$(PEERS)") \
		$(if $(JSON),--json "$(JSON)") $(if $(WRITE),--write)

lint: test-env ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: test-env ## Mend style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: runtime-env ## Write docs/rules/ anew, of the rules' docstrings
	@$(BIN)/python tools/rule_pages.py

dist: test-env ## Build the wheel and the source distribution into dist/
	@$(BIN)/python -m build --no-isolation

clean: ## Remove everything that was made
	rm -rf .venv site dist tests/browser/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis

runtime-env:
	@tools/environment runtime

test-env:
	@tools/environment test
	@tools/browser
