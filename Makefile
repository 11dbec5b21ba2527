# `make help` says what there is. Everything needs root (or sudo) that starts the cluster or
# builds images; nothing else does.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLUSTER := $(PYTHON) hack/cluster
# The cluster's kubectl, helm and KUBECONFIG.
CLUSTER_ENV := eval "$$($(CLUSTER) env)"
# Further arguments of pytest: make unit PYTEST='-k decide'
PYTEST ?=

ifeq ($(CI),true)
# A test that lacks a tool fails then, instead of being skipped.
export VOICEJOB_NO_SKIP := 1
endif

# Of a cluster of yours alone: an environment may have such variables for other programs.
YOURS = $(if $(CONTEXT),--context $(CONTEXT) $(if $(NAMESPACE),--namespace $(NAMESPACE)) \
    $(if $(BUILDER),--builder $(BUILDER)) $(if $(BASE),--base $(BASE)))

##@ The two that matter
.PHONY: demo demo-gpu test
demo: ## Cluster, images, chart, a VoiceJob, its audio in demo/hello.wav (CONTEXT=name REGISTRY=host/path: your cluster)
	@$(PYTHON) hack/demo $(if $(VALUES),--values $(VALUES)) $(if $(REGISTRY),--registry $(REGISTRY)) $(YOURS)

demo-gpu: install ## Eight VoiceJobs, each with its own way to a GPU, on nodes that kwok plays
	@$(PYTHON) hack/demo_gpu

test: ## All that CI runs, the fast parts first
	@$(PYTHON) hack/test.py

##@ Parts of `make test`
.PHONY: locks lint types layers check-generated docs unit unit-operator chaos unit-worker programs chart cluster-test chaos-cluster rights
locks: ## Do the lock files follow from pyproject.toml?
	@$(PYTHON) hack/locks.py check

lint: $(VENV)/.ready ## Formatting and lint
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check

types: $(VENV)/.ready ## Types, strictly
	@$(BIN)/mypy

layers: $(VENV)/.ready ## Who may import whom
	@$(BIN)/lint-imports --no-cache

check-generated: $(VENV)/.ready ## Are the generated files current? (makes them so)
	@sums() { git ls-files --cached --others --exclude-standard -z | xargs -0 sha256sum 2>/dev/null || true; }; \
	before=$$(sums); $(BIN)/python -m voicejob_api.generate; \
	$(BIN)/python -m voicejob_operator.voicejobs.document; $(BIN)/python hack/dashboard.py; \
	$(BIN)/python hack/reference.py; $(BIN)/python hack/contents.py licences; $(BIN)/python hack/architecture.py; after=$$(sums); \
	if [ "$$before" != "$$after" ]; then \
	    echo "these were not current: commit what \`make generate\` has written" >&2; \
	    diff <(echo "$$before") <(echo "$$after") | sed -n 's/^> [0-9a-f]*  //p' >&2; exit 1; \
	fi

docs: $(VENV)/.ready ## The site of docs/ into build/site, with no warning; needs no network
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

UNIT := $(BIN)/pytest -n 2 --dist loadgroup --durations 20
# For the tests of the two pages; a machine that can get no Chromium does without.
BROWSER := PATH="$$PATH:$$($(PYTHON) hack/chromium.py)"
unit: $(VENV)/.ready ## Tests that need no cluster: both of the next
	@$(BROWSER) $(UNIT) tests/unit --ignore tests/unit/chart $(PYTEST)

unit-operator: $(VENV)/.ready ## … of the contract, the operator, the gateway, kubectl's plugin, the cluster's tools, benches, the docs
	@$(BROWSER) $(UNIT) tests/unit/api tests/unit/cli tests/unit/operator tests/unit/gateway tests/unit/cluster_hack tests/unit/bench tests/unit/docs $(PYTEST)

chaos: $(VENV)/.ready ## … of the operator, killed at each of its writes, each request answered badly
	@VOICEJOB_CHAOS=whole $(UNIT) tests/unit/operator/test_chaos*.py tests/unit/operator/test_machine_properties.py --timeout 3600 $(PYTEST)

unit-worker: $(VENV)/.ready ## … of the worker
	@$(BROWSER) $(UNIT) tests/unit/worker $(PYTEST)

programs: ## Compile the cluster's programs, helm and kubectl among them
	@$(CLUSTER) build

chart: $(VENV)/.ready ## Lint and render the chart, test its alerts (needs helm: `make programs`; fetches promtool)
	@programs=$$($(PYTHON) hack/programs.py); prometheus=$$($(PYTHON) hack/prometheus.py); \
	PATH="$$programs:$$prometheus:$$PATH" $(UNIT) tests/unit/chart $(PYTEST)

# In three parts, of which one may hold none of the tests that PYTEST asks for. Where Kueue, the
# registry or kube-router cannot be compiled, their tests say so.
cluster-test: $(VENV)/.ready install gpu-image ## Tests on the real node
	-@$(CLUSTER) kueue build
	-@$(CLUSTER) registry
	-@$(CLUSTER) kube-router build
	@$(CLUSTER_ENV); empty=0; \
	part() { \
	    marked=$$1; shift; code=0; \
	    $(BIN)/pytest tests/cluster "$$@" $(PYTEST) -m "$$marked" || code=$$?; \
	    if [ $$code = $(if $(PYTEST),5,none) ]; then empty=$$((empty + 1)); code=0; fi; \
	    return $$code; \
	}; \
	part 'not operator_away and not disruptive' -n 4 --maxschedchunk 1; \
	part operator_away -n 4 --maxschedchunk 1; \
	part disruptive; \
	if [ $$empty = 3 ]; then echo "PYTEST asks for no test that there is" >&2; exit 5; fi

rights: $(VENV)/.ready install ## … each right of the chart's taken away in turn: somebody must miss it (cluster-test tries five)
	@$(CLUSTER_ENV); VOICEJOB_RIGHTS=whole $(BIN)/pytest tests/cluster/test_rights.py -n 4 --maxschedchunk 1 $(PYTEST)

chaos-cluster: $(VENV)/.ready install ## … as chaos, on the real API server: every kill, a quarter of the answers (VOICEJOB_CHAOS_SEED)
	@$(CLUSTER_ENV); $(BIN)/pytest tests/cluster/every_moment.py --timeout 3600 -s $(PYTEST)

##@ The cluster
.PHONY: cluster-up cluster-down down cluster-logs images gpu-image gpu-cu126-image install
cluster-up: ## Start or repair the one-node cluster
	@$(CLUSTER) up

cluster-down down: ## Stop the cluster and delete its state; what was compiled is kept
	@$(CLUSTER) down

cluster-logs: ## The end of a component's log: make cluster-logs COMPONENT=kubelet
	@$(CLUSTER) logs $(COMPONENT)

images: ## Build both images, unless nothing has changed
	@$(CLUSTER) base-image
	@$(PYTHON) hack/images.py build

gpu-image: ## Build the worker's gpu flavour (6 GB) and load it into the cluster
	@$(CLUSTER) base-image
	@$(PYTHON) hack/images.py load --flavour gpu

gpu-cu126-image: ## Build the worker's flavour for cards older than Turing and drivers older than 580
	@$(CLUSTER) base-image
	@$(PYTHON) hack/images.py build --flavour gpu-cu126

install: ## Cluster, images, and the chart installed or upgraded: the demo without its VoiceJob
	@$(PYTHON) hack/demo --install-only

##@ Development
.PHONY: venv lock generate sbom format bench bench-scale clean help
venv: $(VENV)/.ready ## .venv with everything that is locked

# From the lock alone: first uv, checked by its hash, and then with uv all the rest.
$(VENV)/.ready: requirements-dev.lock docker/build.lock pyproject.toml
	@echo "installing what is locked into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements-dev.lock > $(VENV)/uv.lock
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.lock
	@VIRTUAL_ENV=$(VENV) UV=$(BIN)/uv sh hack/uv.sh pip sync --quiet --compile-bytecode --require-hashes \
	    --build-constraints docker/build.lock requirements-dev.lock docker/build.lock
	@VIRTUAL_ENV=$(VENV) UV=$(BIN)/uv sh hack/uv.sh pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock: $(VENV)/.ready ## Resolve the lock files anew (UPGRADE=1: take the newest versions)
	@UV=$(BIN)/uv $(PYTHON) hack/locks.py update $(if $(UPGRADE),--upgrade)

generate: $(VENV)/.ready ## Write the CRD and the other generated files
	@$(BIN)/python -m voicejob_api.generate
	@$(BIN)/python -m voicejob_operator.voicejobs.document
	@$(BIN)/python hack/dashboard.py
	@$(BIN)/python hack/reference.py
	@$(BIN)/python hack/contents.py licences
	@$(BIN)/python hack/architecture.py

sbom: $(VENV)/.ready ## What is in each image, as CycloneDX, into build/sbom
	@$(BIN)/python hack/contents.py sbom

format: $(VENV)/.ready ## Format the code, and fix what can be fixed
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: $(VENV)/.ready install ## Measure what docs/measurements.md tells (about an hour)
	@$(CLUSTER_ENV); for script in apply_to_succeeded api_requests piper_parity \
	    pod_against_piper long_text voice_references stress f5_rows f5_parity f5_nfe_sweep f5_cold_start \
	    xtts_parity rvc_pitch model_download server_load shared_processors; do \
	    echo "==> tests/bench/$$script.py"; $(BIN)/python tests/bench/$$script.py; done

# BENCH='burst --local --count 200', for one bench, an operator of this very code, and a short form.
BENCH ?=
bench-scale: $(VENV)/.ready $(if $(findstring --local,$(BENCH)),cluster-up,install) ## Measure thousands of VoiceJobs on nodes that kwok plays (an hour and a half)
	@$(CLUSTER_ENV); $(BIN)/python tests/bench/scale.py $(BENCH)

clean: ## Delete what was built here; the compiled programs stay
	@rm -rf $(VENV) build dist demo out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
	    /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	    /^[a-z][a-z0-9 -]*:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
