# The two commands a newcomer needs are `make up` and `make test`; `make help` lists the others.
PYTHON ?= python3
STACK ?= demo
SEEDS ?= 50
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help up down render check test test-fast lint format engine lab tour lab-down lab-tools bench kills clean env env-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

up: env-dev ## bring STACK up (demo): environment, CLI, emulation, pulumi up; renders without a CLI
	@$(BIN)/python -m tools.up up $(STACK)

down: env-dev ## take STACK back
	@$(BIN)/python -m tools.up down $(STACK)

render: env ## write STACK's manifests to build/rendered/STACK, without engine or cluster
	@$(BIN)/python -m metallb render $(STACK) -o build/rendered/$(STACK)

check: env ## look for mistakes in STACK's file
	@$(BIN)/python -m metallb check $(STACK)

test: env-dev ## the whole test suite; what this machine can't run is skipped with its reason
	@$(BIN)/python -m pytest -n auto --dist loadscope --durations=15 $(PYTEST_ARGS)

test-fast: env-dev ## unit, component and program tests: no engine, no lab, under two minutes
	@$(BIN)/python -m pytest -n auto --dist loadscope tests/unit tests/components tests/program \
		tests/blackbox $(PYTEST_ARGS)

lint: env-dev ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: env-dev ## reformat the code
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format --quiet .

engine: env-dev ## build the Pulumi CLI and the Kubernetes provider (Go; about ten minutes, once)
	@$(BIN)/python -m tools.engine

lab-tools: env-dev ## build the lab's API server, controller and speaker (Go; once)
	@$(BIN)/python -m lab build

lab: lab-tools ## start a lab to play with: API server, MetalLB, BGP routers (root)
	@$(BIN)/python -m lab up

tour: lab-tools ## play the whole main job: up, sessions, a request, a crash, an edit, destroy (root)
	@$(BIN)/python -m lab tour

lab-down: env-dev ## take the lab away, also after a crash
	@$(BIN)/python -m lab down --all

bench: env-dev ## the program's time and memory against bare programs
	@$(BIN)/python -m benchmarks.program

env:
	@$(PYTHON) tools/environment.py requirements.txt

env-dev:
	@$(PYTHON) tools/environment.py requirements.txt requirements-dev.txt

kills: env-dev ## kill updates at SEEDS moments and fail every call; the table of docs/reliability.md
	@$(BIN)/python -m benchmarks.faults --seeds $(SEEDS)

clean: ## remove what was built here; the stacks' state in .cache stays
	@rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
