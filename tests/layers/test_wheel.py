"""The wheel holds all that answering needs: apart from the sources, it answers from its own sample library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_HERE = (
    "import assistant, eval, index, sources; print(*(p.__file__ for p in (assistant, eval, index, sources)), sep='\\n')"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, as an installer would put it."""
    made, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def run(installed: Path, tmp_path: Path, *command: str) -> str:
    """What Python prints that has the folder before the sources, in a directory that has neither."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "YOUJU_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_answers_from_its_own_sample_library(installed: Path, tmp_path: Path) -> None:
    for path in run(installed, tmp_path, "-c", _HERE).splitlines():
        assert Path(path).is_relative_to(installed), "the tests' own sources answer instead of the wheel"
    question = "2025年嘉兴农村居民人均可支配收入是多少？"
    answer = json.loads(run(installed, tmp_path, "-m", "assistant.cli", "ask", question, "--json"))
    assert answer["status"] == "answered"
    assert answer["citations"]


def test_it_has_its_licence_and_both_commands(installed: Path) -> None:
    (about,) = installed.glob("youju-*.dist-info")
    assert (about / "licenses" / "LICENSE").read_text(encoding="utf8").startswith("MIT")
    commands = (about / "entry_points.txt").read_text(encoding="utf8")
    assert "youju = assistant.cli:main" in commands
    assert "youju-eval = eval.cli:main" in commands
