"""The listing that is kept up to date by what was touched is the one that is read anew, whatever happened and when."""

from __future__ import annotations

import json
import random
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.catalog import listed, touched
from index.catalog.catalog import Catalog
from index.catalog.listing import KnownListing, listing, relations
from index.catalog.rows import DocumentInfo
from index.catalog.schema import SCHEMA
from index.standing import Standings, Titles
from index.upkeep.soundness import _salvage
from tests.index.test_index import open_index

RULES = ("住房补贴办法", "住房补贴办法（试行）", "停车收费规定", "关于废止停车收费规定的决定", "年度报告")


def write(path: Path, luck: random.Random) -> None:
    name = luck.choice(RULES)
    year = luck.choice((2021, 2022, 2023))
    path.write_text(
        f"{name}\n清溪市政府\n{year}年3月{luck.randrange(1, 28)}日\n每月补贴{luck.randrange(3)}00元。"
        f"\n本办法自{year}年5月1日起施行，《停车收费规定》同时废止。",
        encoding="utf8",
    )


def change(folder: Path, luck: random.Random) -> None:
    """A file comes, changes, moves, is there twice, or goes."""
    there = sorted(folder.iterdir())
    match luck.randrange(5):
        case 0 if len(there) > 2:
            luck.choice(there).unlink()
        case 1 if there:
            write(luck.choice(there), luck)
        case 2 if there:
            chosen = luck.choice(there)
            chosen.rename(folder / f"移{luck.randrange(10**6)}.txt")
        case 3 if there:
            (folder / f"副{luck.randrange(10**6)}.txt").write_bytes(luck.choice(there).read_bytes())
        case _:
            write(folder / f"新{luck.randrange(10**6)}.txt", luck)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_touched_brings_listing_and_standings_up_to_date(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    folder = tmp_path / "files"
    folder.mkdir()
    known, titles = KnownListing(), None
    with open_index(tmp_path) as index:
        catalog = index._catalog
        moments = []
        for _ in range(12):
            for _ in range(luck.randrange(1, 4)):
                change(folder, luck)
            index.update([folder])
            if luck.random() < 0.3:  # the folder can't be reached for a while
                folder.rename(tmp_path / "away")
                index.update()
                (tmp_path / "away").rename(folder)
            moments.append(catalog.hold())
            if luck.random() < 0.5:
                continue  # several changes at once
            with catalog.reading() as connection:
                now = known.at(connection)
                assert now == listing(connection, place="n")
                titles = Titles.of(now, before=titles)
                kept, anew = (Standings(now, relations(connection), titles=each) for each in (titles, None))
                assert kept.documents() == anew.documents()
                assert kept.families() == anew.families()
                for info in now:
                    assert kept.of(info.id, "2024-01-01") == anew.of(info.id, "2024-01-01")
                    assert kept.named(title=info.title) == anew.named(title=info.title)
        for connection in luck.sample(moments, len(moments)):  # some still look at what was before
            assert known.at(connection) == listing(connection, place="n")
        for connection in moments:
            connection.close()


def test_of_what_came_long_ago_it_isnt_known_any_more(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite3")) as connection:
        connection.executemany("INSERT INTO touched (document_id) VALUES (?)", [("a",)] * 120_000)
        connection.commit()
        assert connection.execute("SELECT min(n), max(n) FROM touched").fetchone() == (20_000, 120_000)
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (str(SCHEMA),)
    with catalog.reading() as read:
        assert touched.last(read) == 120_000
        assert touched.since(read, 119_998) == [(119_999, "a"), (120_000, "a")]
        assert touched.since(read, 120_000) == []
        assert touched.since(read, 7) is None
    catalog.close()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """A catalog of some documents whose listing was kept, and which have changed since."""
    monkeypatch.setattr(listed, "_LEAST", 3)
    luck = random.Random(7)
    folder = tmp_path / "files"
    folder.mkdir()
    for _ in range(9):
        write(folder / f"新{luck.randrange(10**6)}.txt", luck)
    with open_index(tmp_path) as index:
        index.update([folder])
        with index._catalog.reading() as connection:
            assert listed.kept(connection) == (touched.last(connection), listing(connection, place="n"))
        index.update([folder], build=False)
        for _ in range(3):
            change(folder, luck)
        index.update([folder], build=False)
        yield index._catalog


def test_a_process_that_opens_a_library_brings_the_listing_that_was_kept_up_to_date(
    kept: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept.reading() as connection:
        found = listed.kept(connection)
        assert found is not None
        assert found[0] < touched.last(connection)
        expected = listing(connection, place="n")
        assert expected != found[1]
        made = []

        def looked(*args: Any, **how: Any) -> list[DocumentInfo]:
            made.append(args)
            return listing(*args, **how)

        monkeypatch.setattr("index.catalog.listing.listing", looked)
        assert KnownListing().at(connection) == expected
        assert [len(args) for args in made] == [2]  # only those that were touched


def test_a_listing_that_is_damaged_or_of_another_form_is_made_anew(kept: Catalog) -> None:
    for spoil in (
        "UPDATE listed SET content = substr(content, 1, 40)",
        "UPDATE listed SET content = x'789c0300000001'",
        f"UPDATE listed SET content = x'{zlib.compress(json.dumps([['id'], [['a']]]).encode()).hex()}'",
        "DELETE FROM listed",
    ):
        with kept.noting() as connection:
            connection.exec_driver_sql(spoil)
        with kept.reading() as connection:
            assert listed.kept(connection) is None
            assert KnownListing().at(connection) == listing(connection, place="n")


def test_the_listing_is_kept_again_once_it_is_far_behind(kept: Catalog) -> None:
    def upto() -> int:
        with kept.reading() as connection:
            return int(connection.exec_driver_sql("SELECT upto FROM listed").scalar_one())

    before = upto()
    kept.note_listing()
    after = upto()
    assert after > before
    kept.note_listing()
    assert upto() == after
    with kept.noting() as connection:
        listed.keep(connection, before, [])  # of a process that was slower
    assert upto() == after


def test_a_catalog_that_is_read_out_keeps_no_listing_of_before(kept: Catalog) -> None:
    """What is touched is counted anew there."""
    kept.close()
    _salvage(kept.path)
    read_out = Catalog(kept.path)
    with read_out.reading() as connection:
        assert listed.kept(connection) is None
        assert KnownListing().at(connection) == listing(connection, place="n") != []
    read_out.close()


def test_a_listing_of_later_than_all_that_was_touched_is_none(kept: Catalog) -> None:
    with kept.noting() as connection:
        connection.exec_driver_sql("DELETE FROM touched")
    with kept.reading() as connection:
        assert listed.kept(connection) is None
