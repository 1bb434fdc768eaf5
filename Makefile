# Two commands matter: `make run` and `make test`. Each sets up .venv by itself, pinned by constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet

.PHONY: run replicas test test-long test-clock check audit pictures bench clean

run: $(VENV)/run.ready
	$(BIN)/streamlit run app.py

replicas: $(VENV)/dev.ready
	$(BIN)/python -m tests.benchmarks.replicas --serve

test: $(VENV)/dev.ready
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-long: $(VENV)/dev.ready
	$(BIN)/python -m pytest --long $(PYTEST_ARGS)

# two seconds before an hour, a day, a month and a year end, before and after a leap day begins, and before summer
# time begins and ends
MOMENTS := 2026-06-19T13:59:58Z 2026-06-19T23:59:58Z 2026-06-30T23:59:58Z 2026-12-31T23:59:58Z \
	2028-02-28T23:59:58Z 2028-02-29T23:59:58Z 2026-03-29T00:59:58Z 2026-10-25T00:59:58Z

test-clock: $(VENV)/dev.ready
	for at in $(MOMENTS); do TZ=Europe/Berlin TESTS_AT=$$at $(BIN)/python -m pytest $(PYTEST_ARGS) || exit; done

check: $(VENV)/dev.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) --no-print-directory test

# needs the network; fails where a package could not be checked
audit: $(VENV)/audit.ready
	$(BIN)/python -m tests.audit $(VENV)/audit/bin/pip-audit $(AUDIT_ARGS)

pictures: $(VENV)/dev.ready
	$(BIN)/python -m tests.pictures --folder screenshots

bench: $(VENV)/bench.ready
	$(BIN)/python -m tests.benchmarks --write docs/performance.md

clean:
	rm -rf $(VENV)

$(VENV)/run.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/dev.ready: $(VENV)/run.ready
	$(PIP) --editable '.[test,lint]'
	@touch $@

$(VENV)/bench.ready: $(VENV)/run.ready
	$(PIP) --editable '.[bench]'
	@touch $@

$(VENV)/audit.ready: $(VENV)/run.ready
	$(PYTHON) -m venv $(VENV)/audit
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV)/audit/bin/python -m pip install --quiet pip-audit==2.10.1
	@touch $@
