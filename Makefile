# make run    build the site, serve it with the demo API and show how to try it
# make test   install what is needed and run every check and test
# make quick  the tests that need no more than pip brings: no server, browser or network

PORT ?= 5000
VENV ?= .venv
BIN := $(VENV)/bin
SITE := build/site
NODE_MODULES := tests/browser/node_modules

# Compiled modules are kept, whatever the environment says: each start takes half the time.
export PYTHONDONTWRITEBYTECODE =

PYTEST = $(BIN)/python -m pytest -q -n auto --dist loadscope --no-loadscope-reorder
# Who has a server or a browser waits for it a third of the time, which one process more fills.
ONE_MORE = -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# In a run of its own: what watches the lines doubles the time of all else.
CORE_IS_COVERED = tests/core -m 'not slow' --cov=flask_preconditions.core --cov-branch --cov-fail-under=100 \
	--cov-report=term-missing:skip-covered
NPM = PATH="$$(cd $(BIN) && pwd):$$PATH" npm

.PHONY: run test quick check versions toolchain live defaults bench engines fuzz endurance lighthouse wheel clean
.DELETE_ON_ERROR:

run: $(VENV)/run
	$(BIN)/flask docgen build -o $(SITE)
	$(BIN)/python snippets/flask/demo.py --port $(PORT) --site $(SITE)

test: toolchain check versions $(NODE_MODULES)/vnu-jar
	$(PYTEST) $(CORE_IS_COVERED)
	$(PYTEST) $(ONE_MORE)

quick: $(VENV)/test
	PROGRAMS_COUNT=60 $(PYTEST) -m 'not external and not slow' $(addprefix --ignore=tests/,browser checker examples live)

check: $(VENV)/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# The extension on the oldest versions that pyproject.toml allows, on today's, and on newer
# Pythons: make versions, make versions ENVIRONMENT=lowest
versions: $(VENV)/test
	$(BIN)/python -m tests.versions $(ENVIRONMENT)

# The programs that pip does not bring, and those that it brings where the machine's are too
# old. On Debian, root installs them; otherwise they are named.
toolchain: $(VENV)/test
	@$(BIN)/python snippets/tools/toolchain.py

# Build the snippet servers, play the vectors at them and record the results:
# make live, make live SERVER=go, make live SERVER=go VECTOR=if-match-stale-tag
live: $(VENV)/test
	$(BIN)/python -m snippets.tools.verify $(SERVER) $(addprefix --vector ,$(VECTOR))
ifndef VECTOR
	$(BIN)/python -m snippets.tools.capture $(SERVER)
	$(BIN)/python -m snippets.tools.record
endif

# Measure what frameworks and servers do by themselves, and record it: make defaults ID=nginx
defaults: $(VENV)/test
	$(BIN)/python -m snippets.tools.measure $(ID)

bench: $(VENV)/test
	$(BIN)/python -m tests.benchmarks.overhead docgen/content/data/performance.json
	$(BIN)/python -m tests.benchmarks.lost_updates
	$(BIN)/python -m tests.benchmarks.lost_updates --work-ms 2
	$(BIN)/python -m tests.benchmarks.replica docgen/content/data/replica.json
	$(BIN)/python -m tests.benchmarks.contention docgen/content/data/contention.json
	$(BIN)/python -m tests.benchmarks.docgen

# Bring the engines that make test does without, hold every example of a store to its tests, and
# record what races lose. Of one engine alone: make engines ENGINE=etcd
engines: toolchain
	$(BIN)/python -m tests.engines.install
	HEAVY_ENGINES=1 $(PYTEST) tests/engines tests/storage_examples tests/examples
	$(BIN)/python -m tests.benchmarks.engines docgen/content/data/engines.json $(addprefix --only ,$(ENGINE))

# Whole requests at real servers, then the parsers and the evaluator, against the text of the
# RFC. Less of it: make fuzz REQUESTS=1000 EVALUATIONS=100000
REQUESTS ?= 100000
EVALUATIONS ?= 10000000

fuzz: $(VENV)/test
	$(INSTALL) -r tests/fuzz/requirements.txt
	$(BIN)/python -m tests.fuzz.requests gunicorn $(REQUESTS) 1
	$(BIN)/python -m tests.fuzz.requests waitress $(REQUESTS) 2
	$(BIN)/python -m tests.fuzz.evaluation -runs=$(EVALUATIONS) -max_len=400 \
	    -dict=tests/fuzz/words.dict tests/fuzz/corpus

# Ten minutes of reads and writes at PostgreSQL, while workers are killed and it is restarted.
endurance: $(VENV)/test
	$(BIN)/python -m tests.benchmarks.endurance

# What Lighthouse says of four pages of the site, served from here.
lighthouse: $(VENV)/test $(NODE_MODULES)/lighthouse
	$(BIN)/python -m tests.benchmarks.lighthouse

wheel: $(VENV)/test
	$(BIN)/python -m build --no-isolation --outdir dist

clean:
	rm -rf build dist docs.sqlite3* $(VENV)

$(VENV)/bin/python:
	.ci/python
	python3 -m venv $(VENV)

# uv is quicker where it is present; pip is always there.
INSTALL = $(if $(shell command -v uv),uv pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q)

$(VENV)/run: $(VENV)/bin/python pyproject.toml
	$(INSTALL) -e '.[docs]'
	@touch $@

$(VENV)/test: $(VENV)/bin/python pyproject.toml requirements-dev.txt tests/requirements.txt
	$(INSTALL) -e '.[docs,inspect,opentelemetry,prometheus,sqlalchemy]' -r requirements-dev.txt
	@touch $@ $(VENV)/run

# Without npm, the tests say what they leave out; in CI it is there.
$(NODE_MODULES)/vnu-jar: tests/browser/package.json | toolchain
	@if $(NPM) --version >/dev/null; then $(NPM) install --silent --omit=dev --prefix tests/browser && touch $@; fi

$(NODE_MODULES)/lighthouse: tests/browser/package.json | toolchain
	$(NPM) install --silent --prefix tests/browser
	@touch $@
