# make run               set up (once) and open the window
# make run ARGS="..."    set up (once) and run the command line: make run ARGS="generate --help"
# make test              set up (once) and run everything that CI runs
# make check             lint, types and import contracts alone

PYTHON_RUN := .venv/bin/python
COMMANDS := generate repair inpaint edit models --help -h --version
purpose := $(if $(filter $(COMMANDS),$(firstword $(ARGS))),run,window)

.PHONY: run test check unit headless clean

run:
	@.ci/setup $(purpose)
	@$(PYTHON_RUN) main.py $(ARGS)

test: setup-test check unit headless

.PHONY: setup-test
setup-test:
	@.ci/setup test

check:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Threads that spin while they wait are ruinous where cores are shared, and tests are small.
unit headless: export OMP_WAIT_POLICY = PASSIVE
unit headless: export OMP_NUM_THREADS = 1
# Qt warns about a locale that is not UTF-8, and a warning fails a test.
unit headless: export LC_ALL = C.UTF-8

unit:
	QT_QPA_PLATFORM=offscreen $(PYTHON_RUN) -m pytest -q -n 2 --dist loadfile tests/app
	QT_QPA_PLATFORM=offscreen $(PYTHON_RUN) -m pytest -q tests/end2end

headless:
	.ci/without-qt -n 2 --dist loadfile tests/asyndm tests/editing tests/training

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis
