"""Flipped bytes and files that are gone, in each part of a generation and all over the catalog: what can be answered
is, the doctor says what is wrong, and repairs it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalog.schema import CatalogError
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.soundness import Finding, mend_catalog
from tests.fakes.embedder import INTAKE, BigramEmbedder

FILES = 120
PLACES = 100 if os.environ.get("YOUJU_KILLS") else 8
"""In how many places bytes of the catalog are flipped, one after the other."""


def opened(where: Path) -> Index:
    return Index.open(where / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE)


def flip(file: Path, at: int, count: int = 16) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + count] = bytes(byte ^ 0x55 for byte in content[at : at + count])
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": lambda file: flip(file, file.stat().st_size // 2),
    "cut short": lambda file: os.truncate(file, file.stat().st_size // 2),
    "gone": lambda file: file.unlink(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index without engines."""
    where = tmp_path_factory.mktemp("made")
    (where / "files").mkdir()
    for n in range(FILES):
        text = f"第{n}号通知\n第{n}号通知说，补助标准为{n * 7 + 1}元。\n由第{n}号单位执行。"
        (where / "files" / f"{n}.txt").write_text(text, encoding="utf8")
    with opened(where) as index:
        index.update([where / "files"])
    return where


@pytest.fixture(scope="module")
def built(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a generation."""
    where = tmp_path_factory.mktemp("built")
    shutil.copytree(made / "data", where / "data")
    with opened(where) as index:
        assert index.build()
    return where


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture
def engines(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built / "data", tmp_path / "data")
    return tmp_path


def generation(where: Path) -> Path:
    (found,) = (path for path in (where / "data" / "generations").iterdir() if path.is_dir())
    return found


def assert_answers(index: Index, n: int = 9) -> None:
    assert f"补助标准为{n * 7 + 1}元" in index.search(f"第{n}号通知说补助标准")[0].passage.text


def examined(where: Path, *, repair: bool = False) -> list[Finding]:
    """What isn't well."""
    catalog = mend_catalog(where / "data" / "catalog.sqlite3", repair=repair)
    found = [catalog] if catalog else []
    if catalog is None or catalog.state != "broken":
        with opened(where) as index:
            if catalog is not None and catalog.state == "repaired":
                index.update(build=False)
            found += index.examine(repair=repair)
    return [each for each in found if each.state != "well"]


def contents(index: Index) -> dict[str, tuple[object, ...]]:
    """All that the catalog holds of each document."""
    held = {}
    for info in index.documents():
        document, passages = index.document(info.id, whole=True), index.passages(info.id)
        held[info.id] = (info.title, info.uri, document, tuple(passages), tuple(index.figures(document_id=info.id)))
    return held


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_file_of_a_generation_is_answered_around(engines: Path, damage: str) -> None:
    live = generation(engines)
    files = sorted(file.relative_to(live) for file in live.rglob("*") if file.is_file() and file.stat().st_size > 20)
    assert {file.parts[0] for file in files} >= {"passages", "documents", "manifest.json"}
    for file in files:
        kept = (live / file).read_bytes()
        DAMAGES[damage](live / file)
        with opened(engines) as index:
            assert_answers(index)
            assert len(index.documents()) == FILES
        (live / file).write_bytes(kept)


@pytest.mark.parametrize(
    ("part", "damage"), [("passages", "flipped"), ("documents", "gone"), ("manifest.json", "cut short")]
)
def test_a_damaged_part_is_found_and_built_anew(engines: Path, part: str, damage: str) -> None:
    at = generation(engines) / part
    DAMAGES[damage](max(at.iterdir(), key=lambda file: file.stat().st_size) if at.is_dir() else at)
    assert [each.what for each in examined(engines) if each.state == "broken"] == ["检索引擎"]
    assert "检索引擎" in [each.what for each in examined(engines, repair=True) if each.state == "repaired"]
    assert examined(engines) == []
    with opened(engines) as index:
        assert_answers(index)


def refusals(where: Path) -> Iterator[str]:
    """Why questions aren't answered."""
    for n in (9, 50, 99):
        try:
            with opened(where) as index:
                index.search(f"第{n}号通知说补助标准")
        except CatalogError as error:
            yield str(error)


@pytest.mark.parametrize("place", range(PLACES))
def test_flipped_bytes_of_the_catalog_are_found_and_put_right(made: Path, where: Path, place: int) -> None:
    catalog = where / "data" / "catalog.sqlite3"
    with opened(made) as index:
        before = contents(index)
    at = random.Random(place).randrange(200, catalog.stat().st_size - 16)
    flip(catalog, at)
    assert all("doctor --repair" in why for why in refusals(where))
    said = examined(where)
    examined(where, repair=True)
    assert [each for each in examined(where) if each.state == "broken"] == []
    with opened(where) as index:
        index.update()
        after = contents(index)
        differing = [(before[key], after.get(key)) for key in before if before[key] != after.get(key)]
        assert not differing, (at, said)
        assert_answers(index)


@pytest.mark.parametrize("pages", [1, 2])
def test_without_its_first_pages_a_catalog_keeps_what_it_holds(made: Path, where: Path, pages: int) -> None:
    """What is registered, and labels, stand nowhere else."""
    catalog = where / "data" / "catalog.sqlite3"
    with opened(made) as index:
        before = contents(index)
    with catalog.open("r+b") as file:
        file.write(bytes(4096 * pages))
    assert all("doctor --repair" in why for why in refusals(where))
    examined(where, repair=True)
    assert examined(where) == []
    with opened(where) as index:
        assert index.registered()
        after = contents(index)
        assert [(before[key], after.get(key)) for key in before if before[key] != after.get(key)] == []
        assert_answers(index)


def test_a_damaged_note_of_the_roots_is_written_anew(where: Path) -> None:
    noted = where / "data" / "catalog.roots.json"
    before = noted.read_bytes()
    noted.write_bytes(b"\xff" + before[1:])
    with opened(where) as index:
        assert_answers(index)
    assert noted.read_bytes() == before


def test_an_emptied_catalog_is_not_taken_for_a_new_one(where: Path) -> None:
    catalog = where / "data" / "catalog.sqlite3"
    catalog.write_bytes(b"")
    assert len(list(refusals(where))) == 3
    assert [(each.what, each.state) for each in examined(where)] == [("目录库", "broken")]
    examined(where, repair=True)
    assert examined(where) == []


def test_a_catalog_that_is_gone_is_told(engines: Path) -> None:
    (engines / "data" / "catalog.sqlite3").unlink()
    assert [(each.what, each.state) for each in examined(engines)] == [("目录库", "broken")]
    assert "youju restore" in examined(engines)[0].text
    examined(engines, repair=True)
    assert examined(engines) == []
