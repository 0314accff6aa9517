# `make up` is the first command to type; `make help` lists the others.
PYTHON ?= python3
STACK ?= demo
SEEDS ?= 50
BIN := .venv/bin
FAST_OF_PLATFORMS := $(wildcard $(addprefix tests/platforms/*/,unit components program))

.DEFAULT_GOAL := help
.PHONY: help up down render check test test-fast lint format engine lab tour lab-down lab-tools bench kills clean env env-dev lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

up: env-dev ## update STACK (demo), with the emulated cloud it needs; without a Pulumi CLI, render it
	@$(BIN)/python -m tools up $(STACK)

down: env-dev ## destroy what make up made of STACK
	@$(BIN)/python -m tools down $(STACK)

render: env ## write the manifests of STACK to build/rendered/STACK, without CLI or cluster
	@bin/metallb render $(STACK) -o build/rendered/$(STACK)

check: env ## report mistakes in the file of STACK
	@bin/metallb check $(STACK)

# What was compiled for one of the many processes of the tests is there for the next.
test test-fast: export PYTHONDONTWRITEBYTECODE =

test: env-dev ## run all tests; what this machine can't run is skipped with its reason
	@$(BIN)/python -m pytest -n auto --dist loadscope --durations=15 $(PYTEST_ARGS)

test-fast: env-dev ## run the tests that need neither engine nor lab
	@$(BIN)/python -m pytest -n auto --dist loadscope tests/unit tests/components tests/program \
		tests/blackbox $(FAST_OF_PLATFORMS) $(PYTEST_ARGS)

lint: env-dev ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: env-dev ## reformat the code
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format --quiet .

engine: env-dev ## build the Pulumi CLI and the Kubernetes provider (Go; about ten minutes, once)
	@$(BIN)/python -m tools.engine

lab-tools: env-dev ## build the lab's programs: API server, MetalLB (Go; once, some minutes)
	@$(BIN)/python -m lab build

lab: lab-tools ## start a lab and leave it running: API server, MetalLB, BGP routers (root)
	@$(BIN)/python -m lab up

tour: lab-tools ## play the whole job in a lab: up, sessions, a crash, an edit, destroy (root, engine)
	@$(BIN)/python -m lab tour

lab-down: env-dev ## remove every lab, also after a crash
	@$(BIN)/python -m lab down --all

bench: env-dev ## measure the program's time and memory against bare programs
	@$(BIN)/python -m benchmarks.program

env:
	@$(PYTHON) tools/environment.py requirements.lock

env-dev:
	@$(PYTHON) tools/environment.py requirements.lock requirements-dev.lock

lock: ## make the locks of all Python packages anew, from the requirements files (UPGRADE=1: newest versions)
	@$(PYTHON) -m tools.lock $(if $(UPGRADE),--upgrade)

kills: env-dev ## kill updates at SEEDS moments, fail every call, and write the table of docs/reliability.md
	@$(BIN)/python -m benchmarks.faults --seeds $(SEEDS)

clean: ## remove .venv, build and caches of tools; .cache with engine and states stays
	@rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
