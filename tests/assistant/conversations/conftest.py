"""The databases that conversations may be kept in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.conversations.schema import TABLES
from assistant.conversations.store import Workspace
from tests.fakes import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database; skips where there can be none."""
    if why := postgres.missing():
        pytest.skip(why)
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
        postgres.postgres(Path(folder)) as url,
    ):
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where an empty workspace can be opened, by several at once."""
    if request.param == "sqlite":
        return tmp_path / "workspace.sqlite3"
    url = str(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(url)
    TABLES.drop_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def workspace(address: Path | str) -> Iterator[Workspace]:
    """An empty one."""
    with Workspace.open(address) as opened:
        yield opened
