"""What holds of the project as a whole: imports point one way, and its import names are its own."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ["sources", "index", "assistant", "eval"]


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("stage", STAGES)
def test_imports_point_one_way(stage: str) -> None:
    later = set(STAGES[STAGES.index(stage) + 1 :])
    files = list((ROOT / stage).rglob("*.py"))
    assert files
    wrong = {str(file.relative_to(ROOT)): found for file in files if (found := imported(file) & later)}
    assert not wrong


def test_no_other_distribution_owns_our_import_names() -> None:
    owners = importlib.metadata.packages_distributions()
    for name in STAGES:
        assert {owner.lower() for owner in owners.get(name, [])} <= {"youju"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_package_lists_what_it_exports(stage: str) -> None:
    package = importlib.import_module(stage)
    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)


def test_the_answer_path_imports_nothing_heavy() -> None:
    script = (
        "import sys, assistant.cli, assistant.ask\n"
        "heavy = {'torch', 'sentence_transformers', 'chromadb', 'gradio', 'langchain_openai', 'fastapi'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_answer_path_never_tries_the_network(tmp_path: Path) -> None:
    script = f"""
import socket
def refuse(self, address):
    raise AssertionError(f"tried to reach {{address}}")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *args, **kwargs: refuse(None, args)
from pathlib import Path
from assistant.ask import build
from assistant.config import Config
assistant = build(Config(data_dir=Path({str(tmp_path)!r})))
print(assistant.ask("2025年嘉兴农村居民人均可支配收入是多少？").status)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.strip() == "answered", done.stderr
