"""Every promise of an index broken in turn: it is found, said, and put right from the catalog or the files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.soundness import Finding, mend_catalog
from tests.fakes.embedder import INTAKE, BigramEmbedder


def opened(where: Path) -> Index:
    return Index.open(where / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("made")
    (where / "files").mkdir()
    for n in range(1, 300):
        text = f"第{n}号通知\n第{n}号通知说，2025年补助标准为{n * 7}元。"
        (where / "files" / f"{n}.txt").write_text(text, encoding="utf8")
    with opened(where) as index:
        index.update([where / "files"])
        assert index.build()
    return where


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "data", tmp_path / "data")
    return tmp_path


def states(where: Path, *, repair: bool = False) -> dict[str, str]:
    catalog = mend_catalog(where / "data" / "catalog.sqlite3", repair=repair)
    found: list[Finding | None] = [catalog]
    if catalog is None or catalog.state != "broken":
        with opened(where) as index:
            found += index.examine(repair=repair)
    return {each.what: each.state for each in found if each is not None and each.state != "well"}


def changed(*statements: str) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return change


def live(data: Path) -> Path:
    return next(path for path in (data / "generations").iterdir() if path.is_dir())


def overwrite(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"damaged!" + content[len(content) // 2 + 8 :])


BREAKS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "a section of no document": ("记录", "broken", changed("INSERT INTO sections VALUES ('x', 0, '', 1, 0, 1, '[]')")),
    "a document of no file": (
        "记录",
        "broken",
        changed("DELETE FROM files WHERE path = (SELECT min(path) FROM files)"),
    ),
    "a passage that says something else": (
        "原文",
        "broken",
        changed("UPDATE passages SET text = 'x' || text WHERE n = 9"),
    ),
    "a figure that stands elsewhere": (
        "原文",
        "broken",
        changed(
            'INSERT INTO figures (document_id, position, start, "end", metric, value, unit, qualifier, region, period, '
            "status, text, key, scope, level, sure) "
            "SELECT id, 99, 2, 4, '', '1', '', '', '', '', '', '7元', '', '', '', '' FROM documents WHERE n = 9"
        ),
    ),
    "passages without a vector": (
        "向量",
        "broken",
        changed("DELETE FROM vectors WHERE key IN (SELECT vector FROM passages LIMIT 7)"),
    ),
    "vectors of another length": (
        "向量",
        "broken",
        changed("UPDATE vectors SET vector = x'0102' WHERE rowid IN (SELECT rowid FROM vectors LIMIT 2)"),
    ),
    "vectors of nothing": ("向量", "hint", changed("INSERT INTO vectors VALUES (x'01', 'bigram', x'0102')")),
    "a word index that has changed": ("检索引擎", "broken", lambda data: overwrite(next(live(data).glob("*/*.term")))),
    "a generation that is gone": ("检索引擎", "broken", lambda data: shutil.rmtree(live(data))),
    "a folder left over": ("余物", "hint", lambda data: (data / "generations" / "left").mkdir()),
}


def test_a_sound_index_is_found_so(where: Path) -> None:
    assert states(where) == {}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_found_and_put_right(where: Path, name: str) -> None:
    what, state, damage = BREAKS[name]
    damage(where / "data")
    assert states(where)[what] == state
    assert states(where, repair=True)[what] == "repaired"
    assert states(where) == {}
    with opened(where) as index:
        assert len(index.documents()) == 299
        assert "补助标准为63元" in index.search("第9号通知说补助标准")[0].passage.text


def test_a_catalog_with_damaged_pages_is_read_out_and_what_is_lost_read_again(where: Path) -> None:
    catalog = where / "data" / "catalog.sqlite3"
    with closing(sqlite3.connect(catalog)) as connection:  # what the tables are called must be left
        of_schema = {page for (page,) in connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")}
    content = bytearray(catalog.read_bytes())
    for page in range(20, len(content) // 4096, 12):
        if page + 1 in of_schema:
            continue
        content[page * 4096 : page * 4096 + 2000] = b"\xff" * 2000
    catalog.write_bytes(content)
    assert states(where) == {"目录库": "broken"}
    assert states(where, repair=True)["目录库"] == "repaired"
    assert list(catalog.parent.glob("catalog.sqlite3.*.damaged"))
    assert states(where) == {}
    with opened(where) as index:
        index.update()
        assert len(index.documents()) == 299
        assert "补助标准为63元" in index.search("第9号通知说补助标准")[0].passage.text
