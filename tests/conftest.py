"""Fixtures that several files share: the sample documents, and an assistant over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The default assistant, with no model, over tests/samples."""
    built = build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[SAMPLES])
    yield built
    built.close()
