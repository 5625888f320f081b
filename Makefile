# Youju: make chat opens the web chat, make test runs every test. Both set up .venv first; the second run starts at once.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := 0.13.9
# A folder of wheels given to pip (the CPU build of torch, say) is given to uv as well. Without one, uv takes torch's CPU build.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
# Bytecode is kept, whatever the environment says: compiling torch or Gradio anew takes each process many seconds.
export PYTHONDONTWRITEBYTECODE :=
TORCH  := $(if $(strip $(UV_FIND_LINKS)),,--torch-backend cpu)
# make chat PORT=8000; make chat HOST=0.0.0.0 OPEN=1 lets other machines in; ARGS="--root-path /youju" passes on anything else.
HOST   ?= 127.0.0.1
PORT   ?= 7860
OPEN   ?=
ARGS   ?=

.PHONY: chat test lint gate check setup lock format clean
.DEFAULT_GOAL := chat

chat: setup
	@$(BIN)/youju serve --host $(HOST) --port $(PORT) $(if $(OPEN),--open) $(ARGS)

# A process for each core; a file's tests stay together, as they share what is slow to make.
test: setup
	@$(BIN)/pytest -n auto --dist loadfile $(TESTS)

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# Our own questions on the sample library, and retrieval on the public sets that are here, against the pinned floors.
gate: setup
	@$(BIN)/youju-eval run eval/suites/library.toml --renew
	@$(BIN)/youju-eval gate results/library
	@$(BIN)/python benchmarks/retrieval.py --gate

check: lint gate test

# A thousand kills -9, or as many as there can be in ten minutes, beside what every run of the tests does; full disks, damage.
.PHONY: faults
faults: setup
	@YOUJU_KILLS=1000 $(BIN)/pytest tests/faults

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# docs/map.md, a line for every file.
.PHONY: map
map: setup
	@$(BIN)/python docs/map.py

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "[1/3] 建立虚拟环境 $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Youju needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@echo "[2/3] 安装依赖（首次约需几分钟，取决于网速）…"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync $(TORCH) requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@# What answering and serving import is compiled now, so that neither waits for it later.
	@$(BIN)/python -c "import assistant.ask, assistant.cli.terminal, assistant.web.chat, assistant.server.app, uvicorn"
	@echo "[3/3] 准备好了。"
	@touch $@

# After a change of the dependencies in pyproject.toml.
lock:
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra eval --extra ocr --no-annotate --no-emit-index-url --no-emit-find-links --no-header $(TORCH) pyproject.toml --output-file requirements.lock
	@sed -i 's/+cpu//' requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
