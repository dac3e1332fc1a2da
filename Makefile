# make demo   see it work, with a simulated sensor
# make test   everything that is tested
# make check  lint, types and import rules
# make bench  how fast, how small, how exact; BENCH="--only radio" for a part
SETUP := tools/setup pyproject.toml constraints.txt hatch_build.py
# Many tests wait for a clock or another process: half as many again as cores keeps those busy.
WORKERS := $(shell expr $$(nproc) \* 3 / 2)

.PHONY: demo test check format bench page compiled clean

demo: .venv/.ready-run page
	@exec .venv/bin/backwatch demo $(DEMO)

test: .venv/.ready-test page compiled
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)
	.venv/bin/python hatch_build.py --test

check: .venv/.ready-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/python -m firmware_protocol.generate --check
	.venv/bin/python tools/page_types.py --check
	.venv/bin/python tools/hooks.py --check
	.venv/bin/python tools/thresholds.py --check

format: .venv/.ready-test
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: .venv/.ready-test compiled
	.venv/bin/python -m tests.benchmarks $(BENCH)

page: .venv/.ready-run
	@.venv/bin/python hatch_build.py

compiled: .venv/.ready-test
	-@.venv/bin/python tools/compile_path.py

.venv/.ready-run: $(SETUP)
	@tools/setup run

.venv/.ready-test: $(SETUP)
	@tools/setup test
	@touch .venv/.ready-run

clean:
	rm -rf .venv dashboard/static dashboard/ui/node_modules .demo
