"""Fixtures that several files share: the sample documents, an assistant over them, and the command `youju`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.cli import commands as cli
from assistant.config import Config
from index.upkeep.intake import Intake
from sources.readers.sandbox import Ready

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session", autouse=True)
def reading() -> Iterator[None]:
    """One process reads the files of all tests, as it does beside a server: to start one for each update, as a command
    does, takes longer than most of the tests. What starts one is tested in tests/sources/test_sandbox.py."""
    ready = Ready()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Intake, "of_sources", partial(Intake.of_sources, ready=ready))
        yield
    ready.close()


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The default assistant, with no model, over tests/samples."""
    built = build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[SAMPLES])
    yield built
    built.close()


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The default assistant where nothing is indexed: over the library that comes with it, which takes a while."""
    built = build(Config(data_dir=tmp_path_factory.mktemp("data")))
    yield built
    built.close()


@pytest.fixture
def youju(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Runs the command in a fresh data directory; gives (exit status, standard output, standard error)."""
    monkeypatch.setenv("YOUJU_DATA_DIR", str(tmp_path / "data"))
    for name in ("YOUJU_MODEL", "YOUJU_BASE_URL", "YOUJU_API_KEY", "YOUJU_EMBEDDER", "YOUJU_RERANKER"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["youju", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capfd.readouterr()  # what processes of its own write, too
        return int(stopped.value.code or 0), captured.out, captured.err

    return run
