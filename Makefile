# One verb each; the work is in scripts/. `make PYTHON=python3.12 test` chooses the interpreter.
.DEFAULT_GOAL := help
.PHONY: help demo test lint docs matrix bench chaos bench-outbox

VENV := .venv
PY := $(VENV)/bin/python
export PYTHON
# What a step prints is read while it runs.
export PYTHONUNBUFFERED := 1

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## The main job end to end, no server needed: lint the shop, kill its worker, see who finishes
	@sh scripts/setup.sh lint $(VENV)
	@$(PY) examples/shop/demo.py

test: ## Everything, real Redis and RabbitMQ included; ONLY=unit,docs runs some steps
	@sh scripts/setup.sh dev,docs $(VENV)
	@$(PY) scripts/check.py $(if $(ONLY),--only $(ONLY))

lint: ## ruff, mypy, pyright, import-linter
	@sh scripts/setup.sh dev,docs $(VENV)
	@$(PY) scripts/check.py --only lint

matrix: ## Unit tests and kill -9 on Python 3.10 to 3.13 with Celery 5.5, 5.6 and 5.7
	@sh scripts/setup.sh dev,docs $(VENV)
	@$(PY) scripts/matrix.py

docs: ## Build docs/_build/html; a warning is an error
	@sh scripts/setup.sh dev,docs $(VENV)
	@$(PY) scripts/check.py --only docs

bench: ## CPU time and memory of the checker beside flake8-pie, fixit, semgrep and ast.parse; ON=folder measures there
	@sh scripts/setup.sh lint $(VENV)
	@$(PY) bench/lint.py $(ON)

chaos: ## Kill, freeze and cut real workers, brokers and stores under 10,000 tasks per broker, beside plain Celery; TOTAL=1000 is a short one
	@sh scripts/setup.sh dev,docs $(VENV)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PY) tests/chaos/run.py --total $(or $(TOTAL),10000) --faults $(or $(FAULTS),10) --record

bench-outbox: ## The outbox on PostgreSQL with Redis and RabbitMQ beside plain .delay(); DCO=python measures django-celery-outbox too, RECORD=1 writes the docs
	@sh scripts/setup.sh dev $(VENV)
	@$(PY) bench/outbox.py $(if $(DCO),--dco $(DCO)) $(if $(RECORD),--record)
