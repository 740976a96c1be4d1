# `make run` does the main job, `make test` the tests; both set up what they need in .venv first.
Q ?= What did Grushko demand?
# A home of this checkout's own, so that trying Dateline out does not touch your collection.
HOME_FOLDER ?= .dateline
PYTHON ?= python3
BIN := .venv/bin

.PHONY: ask run test check format clean

ask: .venv/ready $(HOME_FOLDER)/articles.db
	@$(BIN)/dateline --home $(HOME_FOLDER) ask "$(Q)"

run: ask

test: .venv/ready-dev
	$(BIN)/python -m pytest

check: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(HOME_FOLDER)/articles.db: | .venv/ready
	@$(BIN)/dateline --home $(HOME_FOLDER) add --sample

# uv is faster where it is there; pip does just the same.
.venv/ready: pyproject.toml constraints.txt
	@echo "Setting up .venv; the first time takes a minute or two ..."
	@if command -v uv >/dev/null; then \
	    uv venv --quiet --allow-existing --python $(PYTHON) .venv \
	    && uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --link-mode copy --editable .; \
	else \
	    $(PYTHON) -m venv .venv \
	    && $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .; \
	fi
	@touch $@

.venv/ready-dev: .venv/ready
	@if command -v uv >/dev/null; then \
	    uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --link-mode copy --editable ".[dev]"; \
	else \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"; \
	fi
	@touch $@

clean:
	rm -rf .venv .dateline build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
